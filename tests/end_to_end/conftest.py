"""A real shop with the tests' own catalogue, on a real socket, with a real sandbox behind it; and its buyers."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from lightning_cart_host.server.loopback import free_port
from lightning_cart_sandbox.paypal import BUYER as PAYPAL
from lightning_cart_sandbox.square import BUYER as SQUARE
from lightning_cart_sandbox.stripe import BUYER as STRIPE
from support.app import OTHER, PRODUCTS, SHOP
from support.harness import dashboard_path
from support.processes import ShopClient, start_sandbox, start_shop

EVERY_WAY = 'strategies = ["stripe_links", "paypal", "square"]\n'
HANDS = {"stripe_checkout": STRIPE, "stripe_links": STRIPE, "paypal": PAYPAL, "square": SQUARE}
DISPUTED = "4000 0000 0000 0259"
STATUS_TIMEOUT_SECONDS = 15  # seconds


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ShopClient]:
    folder = tmp_path_factory.mktemp("flow")
    # A price that no way to pay can charge is refused at start.
    (folder / "products.toml").write_text(PRODUCTS.replace("1.005", "1.010"), encoding="utf-8")
    (folder / "sites.toml").write_text(SHOP + EVERY_WAY + OTHER, encoding="utf-8")
    port, database = free_port(), folder / "orders.db"
    options = ("--config", str(folder), "--storefront", "none")
    with (
        start_sandbox(port) as sandbox,
        start_shop(port, sandbox.address, database, *options) as process,
        httpx.Client(base_url=process.address, trust_env=False) as client,
    ):
        yield ShopClient(client, sandbox.address, database)


class Purchase:
    """One buyer with one order, in front of its pay page."""

    def __init__(self, shop: ShopClient, strategy: str = "stripe_checkout", product: str = "test-10", **cart: Any) -> None:
        self.shop = shop
        self.strategy = strategy
        body = {"site": "shop", "strategy": strategy, "items": [{"id": product, "quantity": 1}]} | cart
        self.checkout = shop.client.post("/checkout", json=body).json()
        self.id = self.checkout["order_id"]
        self.page = str(httpx.get(self.checkout["url"], follow_redirects=True, trust_env=False).url)

    def do(self, what: str, **changes: str) -> httpx.Response:
        """Do on the hosted page what a buyer can do there."""
        form = {**HANDS[self.strategy][what], **changes}
        return httpx.post(self.page, data=form, timeout=30, trust_env=False)

    def come_back(self, answer: httpx.Response) -> httpx.Response:
        """Go where the hosted page sends the buyer: to the engine, which sends them on."""
        return httpx.get(answer.headers["location"], timeout=30, trust_env=False)

    def pay(self) -> None:
        self.come_back(self.do("pay"))
        self.until_status("paid")

    def pay_and_dispute(self) -> None:
        """Pay, and let the buyer's bank dispute it: Stripe has a card for that, the others a button."""
        if self.checkout["strategy"].startswith("stripe"):
            self.do("pay", card_number=DISPUTED)
            return
        self.pay()
        self.at_provider("dispute")

    @property
    def dashboard_url(self) -> str:
        """The sandbox's own page about the purchase, with the merchant's, the bank's and time's buttons."""
        visited = httpx.URL(self.page).path.rpartition("/")[2]
        return self.shop.sandbox + dashboard_path(self.strategy, self.checkout["session_id"], visited)

    def at_provider(self, action: str, **fields: str) -> None:
        assert httpx.post(self.dashboard_url, data={"action": action} | fields, trust_env=False).status_code == 303

    def read(self) -> dict[str, Any]:
        receipt = {"authorization": f"Bearer {self.checkout['receipt']}"}
        order: dict[str, Any] = self.shop.client.get(f"/orders/{self.id}", headers=receipt).json()
        return order

    def until(self, true_of: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        deadline = time.monotonic() + STATUS_TIMEOUT_SECONDS
        while not true_of(order := self.read()):
            assert time.monotonic() < deadline, order
            time.sleep(0.05)
        return order

    def until_status(self, status: str) -> dict[str, Any]:
        return self.until(lambda order: order["status"] == status)


@pytest.fixture
def buy(shop: ShopClient) -> Callable[..., Purchase]:
    """Create an order: takes the strategy, and further fields of the cart."""
    return lambda *args, **cart: Purchase(shop, *args, **cart)


@pytest.fixture(params=list(HANDS))
def strategy_name(request: pytest.FixtureRequest) -> str:
    """Return the name of each payment strategy."""
    return str(request.param)
