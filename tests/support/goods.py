"""A catalogue with variants, inputs, open amounts, delivery and taxes, and carts of it."""

from typing import Any

from lightning_cart.domain.catalog import Catalog, Input, Interval, OpenAmount, Product, Site, UnitPrice, Variant
from lightning_cart.domain.money import Money
from lightning_cart.domain.shipping import Method, Shipping, Zone
from lightning_cart.domain.taxes import Taxes, TaxRate

type Line = dict[str, Any]


def euros(minor: int) -> Money:
    return Money(minor, "EUR")


def both(euro_minor: int) -> dict[str, Money]:
    """Return a price in euros, and two dollars more in dollars."""
    return {"EUR": euros(euro_minor), "USD": Money(euro_minor + 200, "USD")}


def _variant(size: str, colour: str, **changes: Any) -> Variant:
    return Variant(f"{size}-{colour}".lower(), {"size": size, "colour": colour}, **changes)


TSHIRT = Product(
    "tshirt",
    "T-shirt",
    both(1900),
    image="/tshirt.png",
    max_quantity=20,
    weight=180,
    sku="TS",
    categories=("clothes",),
    variants=(
        _variant("M", "red"),
        _variant("L", "blue", prices=both(2100), sku="TS-L-BL", image="/blue.png", weight=200),
        _variant("L", "Off White", active=False),
        _variant("XL", "blue", prices=both(2300)),
    ),
    inputs=(
        Input("engraving", "Text on the back", max_length=20, surcharge=both(400)),
        Input("poem", "Poem", max_length=40, lines=3),
    ),
)
CUP = Product("cup", "Cup", both(1200), weight=400, inputs=(Input("name", "Name", max_length=8, required=True),))
BOOK = Product("book", "Book", both(2000), weight=500, tax="books", max_quantity=99)
FILE = Product("file", "Pattern", both(500), ships=False)
DONATION = Product(
    "donation",
    "Donation",
    amount={
        "EUR": OpenAmount(euros(200), euros(50_000), euros(1000)),
        "USD": OpenAmount(Money(200, "USD"), Money(9900, "USD")),
    },
    ships=False,
)
TIP = Product("tip", "Tip", amount={"HUF": OpenAmount(Money(100, "HUF"), Money(10_000_000, "HUF"))}, ships=False)
GIFT = Product("gift", "Gift", amount={"EUR": OpenAmount(euros(0), euros(500))}, ships=False)
OIL = Product("oil", "Oil", both(900), weight=1000, unit_price=UnitPrice("0.75", "l"))
BOX = Product("box", "Box of tea", both(1500), interval=Interval.MONTH, weight=300)
KROON = Product("kroon", "Cheese", {"SEK": Money(9000, "SEK")}, weight=100)

SHIPPING = Shipping(
    {
        "canaries": Zone("canaries", ("ES",), ("ES-TF", "ES-GC")),
        "islands": Zone("islands", ("PT",), postal_codes=("9*",)),
        "europe": Zone("europe", ("ES", "PT", "FR")),
    },
    {
        "post": Method(
            "post", "Post", both(490), ("europe",), {"EUR": euros(5000)}, max_weight=2000, days=(2, 4), sites=("shop",)
        ),
        "express": Method(
            "express",
            "Express",
            {"EUR": euros(990)},
            ("europe",),
            min_weight=100,
            max_weight=5000,
            min_sum={"EUR": euros(1000)},
            max_sum={"EUR": euros(20_000)},
        ),
        "boat": Method("boat", "Boat", {"EUR": euros(1500)}, ("canaries", "islands"), max_weight=10_000),
        "pickup": Method("pickup", "Pick up in Madrid", both(0), pick_up=True, max_weight=20_000),
        "elsewhere": Method("elsewhere", "Elsewhere", both(100), ("europe",), sites=("other",)),
    },
)
TAXES = Taxes(
    {
        "ES": TaxRate("IVA", {"standard": "21", "books": "4"}),
        "PT": TaxRate("IVA", {"standard": "23", "books": "6"}),
        "US": TaxRate("Sales tax", {"standard": "0", "books": "0"}, included=False),
        "US-NY": TaxRate("Sales tax", {"standard": "8.875", "books": "0"}, included=False),
    }
)
SITE = Site(
    "shop",
    "Shop",
    "https://shop.example/thanks",
    "https://shop.example/cart",
    ("stripe_checkout",),
    ("https://shop.example",),
    countries=("ES", "PT", "FR", "US"),
    home_country="ES",
)
_PRODUCTS = (TSHIRT, CUP, BOOK, FILE, DONATION, TIP, GIFT, OIL, BOX, KROON)


def make_goods(site: Site = SITE, **changes: Any) -> Catalog:
    """Return the catalogue with one site, and with other parts if some are given."""
    fields: dict[str, Any] = {"shipping": SHIPPING, "taxes": TAXES, **changes}
    return Catalog({product.id: product for product in _PRODUCTS}, {site.id: site}, **fields)


def tshirt(**changes: Any) -> Line:
    """Return a line of one T-shirt (L, blue)."""
    return {"id": "tshirt", "options": {"size": "L", "colour": "blue"}, **changes}


def to(country: str, method: str | None = None, **address: Any) -> dict[str, Any]:
    """Return a delivery."""
    return {"country": country, "method": method, **address}
