"""Carts: the buyer decides only ids and quantities, and every error names its field."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightning_cart.domain.buyer import Address, Buyer, Destination
from lightning_cart.domain.money import AmountFormat, Money
from lightning_cart.domain.order import Order
from lightning_cart.domain.taxes import UNTAXED
from lightning_cart.errors import InvalidField, LightningCartError
from lightning_cart.http import json_bytes
from lightning_cart.providers import STRATEGIES
from lightning_cart.providers.strategy import Limits
from lightning_cart.usecases.cart import order_from_cart, price_cart
from lightning_cart.usecases.cart_request import CartRequest
from lightning_cart.web.cart_parser import parse_form_cart, parse_json_cart
from support.app import PRODUCTS, SHOP, Shop, make_catalog, problem
from support.builders import NOW
from support.carts import REFUSED, items
from support.goods import SHIPPING, euros, make_goods, to, tshirt

CATALOG = make_catalog()
OFFERED = {strategy.name: strategy for strategy in STRATEGIES}


def price(cart: Any, limits: Limits | None = None, catalog: Any = CATALOG) -> Order:
    offered = OFFERED
    if limits:
        offered = {"stripe_checkout": type("Limited", (OFFERED["stripe_checkout"],), {"limits": limits})}
    return order_from_cart(parse_json_cart(json_bytes({"site": "shop"} | cart)), catalog, offered, "https://pay.example", NOW)


def test_a_cart_is_priced_from_the_catalogue() -> None:
    order = price(items(("test-10", 2), ("mug", 1)))
    assert (order.total, [line.name for line in order.lines]) == (Money(3250, "USD"), ["Test checkout", "Mug"])


def test_the_repr_of_a_cart_has_nothing_of_the_buyer() -> None:
    cart = CartRequest([], site="shop", customer_email="ada@example.com", metadata={"note": "for Ada"})
    assert repr(cart) == "CartRequest(site='shop')"


def refusal(cart: dict[str, Any]) -> InvalidField:
    with pytest.raises(InvalidField) as caught:
        price(cart)
    return caught.value


def line(**fields: Any) -> dict[str, Any]:
    return {"items": [{"id": "test-10", "quantity": 1} | fields]}


def test_a_price_that_the_page_sends_is_refused_and_the_catalogue_named() -> None:
    assert "prices and names come from the catalogue" in refusal(line(price=1)).reason


def test_a_variant_in_a_line_is_refused_with_what_to_write_instead() -> None:
    error = refusal(line(size="XL", colour="red"))
    assert error.field == "items[0].size"
    assert error.reason == (
        "is not known here: did you mean options.size? "
        "The keys are id, options, inputs, amount, quantity. Not known either: colour"
    )


def test_a_key_of_a_line_that_means_nothing_is_told_where_choices_belong() -> None:
    reason = refusal(line(engraving="Ada")).reason
    assert "write what a variant is chosen by into options, and what the buyer writes into inputs" in reason


@pytest.mark.parametrize(
    ("cart", "meant"),
    [
        ({"items": [{"sku": "test-10"}]}, "id"),
        ({"items": [{"product_id": "test-10"}]}, "id"),
        ({"items": [{"ID": "test-10"}]}, "id"),
        (line(qty=2), "quantity"),
        ({"lineItems": []}, "items"),
        ({"id": "test-10"}, "items"),
        (line() | {"email": "ada@example.com"}, "customer_email"),
        (line() | {"customerEmail": "ada@example.com"}, "customer_email"),
        (line() | {"payment_method": "paypal"}, "strategy"),
        (line() | {"comment": "x"}, "note"),
        (line() | {"meta": {}}, "metadata"),
        (line() | {"shipping_address": {}}, "delivery"),
        (line() | {"country": "ES"}, "delivery.country"),
        (line() | {"zip": "28001"}, "delivery.postal_code"),
        (line() | {"delivery": {"state": "NY"}}, "region"),
        (line() | {"delivery": {"address1": "Calle Mayor 1"}}, "line1"),
        (line(variant="l-blue"), "options"),
        (line(Colour="blue"), "options.Colour"),
        (line(text="Ada"), "inputs"),
    ],
)
def test_a_key_by_another_name_is_told_its_own(cart: dict[str, Any], meant: str) -> None:
    assert f"did you mean {meant}?" in refusal(cart).reason


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("id[]", "did you mean id?"),
        ("ids", "did you mean id?"),
        ("items[0][id]", "did you mean id?"),
        ("items[0].id", "did you mean id?"),
        ("product", "did you mean id?"),
        ("sku", "did you mean id?"),
        ("qty", "did you mean quantity?"),
        ("quantity[]", "did you mean quantity?"),
        ("items[0][quantity]", "did you mean quantity?"),
        ("email", "did you mean customer_email?"),
        ("comment", "did you mean note?"),
        ("metadata", "did you mean metadata[key]?"),
        ("metadata.note", "did you mean metadata[key]?"),
        ("items", "repeat id and quantity for each product"),
        ("size", "did you mean option[size]?"),
        ("options[size]", "did you mean option[name]?"),
        ("inputs[engraving]", "did you mean input[id]?"),
        ("address[city]", "did you mean delivery[key]?"),
        ("country", "did you mean delivery[country]?"),
        ("postcode", "did you mean delivery[postal_code]?"),
        ("gift", "repeat id and quantity for each product, and write what only the shop needs into metadata[key]."),
        ("price", "prices and names come from the catalogue, so leave it out."),
    ],
)
def test_a_forms_field_by_another_name_is_told_what_to_write(name: str, advice: str) -> None:
    cart = parse_form_cart(urlencode({"site": "shop", "id": "test-10", name: "x"}).encode())
    with pytest.raises(InvalidField) as caught:
        order_from_cart(cart, CATALOG, OFFERED, "https://pay.example", NOW)
    assert (caught.value.field, caught.value.reason.startswith(f"is not known here: {advice}")) == (name, True)


@pytest.mark.parametrize("name", ["", " ", "x" * 41, "a\nb", "\u202egnp", "\ud800"])
def test_a_name_that_would_disturb_an_error_is_not_repeated(name: str) -> None:
    cart = parse_json_cart(json.dumps({"site": "shop", **items(("test-10", 1)), name: 1}).encode())
    with pytest.raises(InvalidField) as caught:
        order_from_cart(cart, CATALOG, OFFERED, "", NOW)
    assert (caught.value.field, "has a name that is not known" in caught.value.reason) == ("cart", True)


@pytest.mark.parametrize("quantity", [2, 2.0, "2", " 2", "2.0", "+2", "\uff12", "\u0662", "\u200b2\u00a0"])
def test_a_quantity_is_any_writing_of_a_whole_number(quantity: object) -> None:
    assert price(line(quantity=quantity)).lines[0].quantity == 2


@pytest.mark.parametrize("item", [{"id": "test-10"}, {"id": "test-10", "quantity": None}])
def test_a_line_without_a_quantity_is_one(item: dict[str, Any]) -> None:
    assert price({"items": [item]}).lines[0].quantity == 1


@pytest.mark.parametrize("left_out", [None, "", " ", "\u200b"])
def test_an_optional_key_may_be_empty(left_out: object) -> None:
    catalog = make_catalog(PRODUCTS.replace('sites = ["other"]', ""), SHOP)
    optional = dict.fromkeys(["site", "strategy", "currency", "customer_email", "metadata"], left_out)
    order = price(line() | optional, catalog=catalog)
    assert (order.site_id, order.strategy, order.total.currency) == ("shop", "stripe_checkout", "USD")
    assert (order.customer_email, order.metadata) == ("", {})


def test_ids_and_codes_are_taken_with_blanks_around_and_currencies_in_small_letters() -> None:
    order = price(line(id=" test-10") | {"site": "shop\t", "strategy": "stripe_checkout\n", "currency": "eur "})
    assert (order.lines[0].product_id, order.site_id, order.strategy, order.total.currency) == (
        "test-10",
        "shop",
        "stripe_checkout",
        "EUR",
    )


def test_a_cart_names_its_site_even_if_that_has_left_the_catalogue() -> None:
    sites = ("shop ", "gone ", "", None, 7, "\ud800", "g\u00f6ne", "a\0")
    assert [CartRequest([], site=site).site_id(CATALOG) for site in sites] == ["shop", "gone", *[""] * 6]


def test_the_currency_may_be_chosen_among_the_products_own() -> None:
    assert price(items(("test-10", 1)) | {"currency": "EUR"}).total == Money(950, "EUR")


def test_where_the_first_prices_differ_in_currency_the_common_ones_are_named() -> None:
    with pytest.raises(InvalidField, match=r"items: .* set the currency to one of: EUR$"):
        price(items(("oud", 1), ("test-10", 1)))


def test_a_product_named_twice_is_one_line_with_the_sum() -> None:
    (line,) = price(items(("test-10", 1), ("test-10", 2))).lines
    assert line.quantity == 3


def test_the_way_to_pay_may_be_chosen_among_the_sites_own() -> None:
    assert price(items(("test-10", 1)) | {"strategy": "stripe_checkout"}).strategy == "stripe_checkout"


def test_an_image_that_is_a_path_is_on_our_own_origin() -> None:
    assert price(items(("test-10", 1))).lines[0].image == "https://pay.example/test-10.svg"


def test_the_only_site_is_the_default_one() -> None:
    catalog = make_catalog(PRODUCTS.replace('sites = ["other"]', ""), SHOP)
    assert order_from_cart(CartRequest(items=items(("pin", 6))["items"]), catalog, OFFERED, "", NOW).site_id == "shop"


def test_the_site_decides_the_text_on_the_card_statement() -> None:
    assert price(items(("test-10", 1))).statement_descriptor_suffix == "SHOP"


def buyers_words(cart: dict[str, Any]) -> str:
    return refusal(cart).for_buyer


@pytest.mark.parametrize(
    ("cart", "words"),
    [
        (line(quantity=0), "Quantity of Test checkout: choose 1 to 10."),
        ({"items": []}, "Please choose at least one product."),
        (line(id="old"), "One of these products is not sold here any more. Please take it out."),
        (line() | {"strategy": "cash"}, "This way to pay is not offered. Please choose Pay by card."),
        (
            line() | {"currency": "JPY"},
            "These products are not sold in this currency together. Please choose another: USD, EUR.",
        ),
        (line() | {"customer_email": "ada"}, "E-mail: please check the address. It looks like name@example.com."),
        (line() | {"metadata": {"gift_note": "x" * 501}}, "Gift note: please shorten it to 500 characters."),
        (line() | {"metadata": {"gift_note": "\0"}}, "Gift note: please type it again without special characters."),
        (items(("club", 1), ("paper", 1)), "These products are charged at different times. Please order them separately."),
        (line(size="XL"), ""),
    ],
)
def test_a_buyer_is_told_what_to_choose(cart: dict[str, Any], words: str) -> None:
    assert buyers_words(cart).startswith(words)
    assert bool(buyers_words(cart)) == bool(words)


def test_a_product_of_which_one_can_be_ordered_says_so() -> None:
    catalog = make_catalog(PRODUCTS.replace("max_quantity = 10", "max_quantity = 1"))
    with pytest.raises(InvalidField) as caught:
        price(line(quantity=2), catalog=catalog)
    assert caught.value.for_buyer == "Quantity of Test checkout: only 1 can be ordered."


def test_email_and_metadata_travel_with_the_order() -> None:
    order = price(items(("test-10", 1)) | {"customer_email": "ada@example.com", "metadata": {"table": "7"}})
    assert (order.customer_email, order.metadata) == ("ada@example.com", {"table": "7"})


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.replace(" ", "-"))
def test_a_cart_is_refused_with_the_field_at_fault(case: str) -> None:
    cart, field = REFUSED[case]
    body = json.dumps({"site": "shop"} | cart).encode()
    with pytest.raises(InvalidField) as caught:
        order_from_cart(parse_json_cart(body), CATALOG, OFFERED, "https://pay.example", NOW)
    assert caught.value.field == field


def limits(**changes: Any) -> Limits:
    fields: dict[str, Any] = {"amounts": AmountFormat(), "maximum": 99_999_999}
    return Limits(**(fields | changes))


def test_a_recurring_price_is_refused_where_the_provider_has_none() -> None:
    with pytest.raises(InvalidField, match="recurring"):
        price(items(("club", 1)), limits())


def test_one_time_and_recurring_are_refused_together_where_the_provider_cannot() -> None:
    with pytest.raises(InvalidField, match="one-time and recurring"):
        price(items(("club", 1), ("test-10", 1)), limits(recurring_lines=5))


def test_stripe_takes_one_time_and_recurring_together() -> None:
    assert price(items(("club", 1), ("test-10", 1))).recurring


def test_too_many_lines_are_refused() -> None:
    with pytest.raises(InvalidField, match="at most 1 lines"):
        price(items(("mug", 1), ("test-10", 1)), limits(lines=1))


def test_a_total_above_what_can_be_charged_at_once_is_refused() -> None:
    with pytest.raises(InvalidField, match="more than"):
        price(items(("test-10", 10)), limits(maximum=9_999))


@pytest.mark.parametrize("quantity", ["11", "-1", "1.5", "x", "1e1", "1.000", "9999999999"])
def test_a_forms_quantity_is_judged_as_strictly(quantity: str) -> None:
    cart = parse_form_cart(urlencode({"site": "shop", "id": "test-10", "quantity": quantity}).encode())
    with pytest.raises(InvalidField, match="whole number"):
        order_from_cart(cart, CATALOG, OFFERED, "https://pay.example", NOW)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
hostile_items = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "id": st.sampled_from(["test-10", "mug", "pin", "old"]) | json_values,
            "quantity": st.integers(-3, 12) | json_values,
        },
    )
    | json_values,
    max_size=4,
)


@given(
    st.fixed_dictionaries(
        {"items": hostile_items},
        optional={
            "site": st.just("shop") | json_values,
            "currency": st.sampled_from(["USD", "EUR", "JPY"]) | json_values,
            "metadata": json_values,
            "customer_email": json_values,
            "amount": json_values,
        },
    )
)
def test_whatever_the_buyer_sends_the_catalogue_decides_the_price(document: dict[str, Any]) -> None:
    """Any cart is refused with one of our errors, or costs exactly what the catalogue says."""
    try:
        body = json.dumps(document).encode()
        order = order_from_cart(parse_json_cart(body), CATALOG, OFFERED, "https://pay.example", NOW)
    except LightningCartError:
        return
    for line in order.lines:
        product = CATALOG.products[line.product_id]
        assert line.unit_price == product.prices[order.total.currency]
        assert 1 <= line.quantity <= product.max_quantity


# ---- orders with a delivery, texts and tax

GOODS = make_goods()


def sell(cart: dict[str, Any], catalog: Any = GOODS) -> Order:
    return order_from_cart(parse_json_cart(json_bytes(cart)), catalog, OFFERED, "https://pay.example", NOW)


def test_an_order_has_every_part_of_its_price_and_what_the_buyer_wrote() -> None:
    lines = [tshirt(inputs={"engraving": "Ada"}, quantity=2), {"id": "book"}]
    order = sell({"items": lines, "delivery": to("es", "express", region="M", name="Ada"), "note": "Ring twice."})
    parts = order.parts
    assert (parts.goods, parts.shipping, parts.tax, order.total) == (
        euros(7000),
        euros(990),
        euros(0),
        euros(7990),
    )
    assert [line.title for line in order.lines] == ["T-shirt (L, blue)", "Book"]
    assert [line.image for line in order.lines] == ["https://pay.example/blue.png", ""]
    assert (order.delivery and order.delivery.method_id, order.place) == ("express", Destination("ES", "M"))
    assert [(group.rate, group.included) for group in order.taxes] == [("21", True), ("4", True)]
    assert order.buyer == Buyer(Address("ES", "Ada", region="M"), ({"engraving": "Ada"}, {}), "Ring twice.")


def test_added_tax_is_in_the_total_and_in_each_renewal() -> None:
    catalog = make_goods(shipping=None)
    order = sell({"items": [{"id": "box"}, {"id": "file"}], "currency": "USD", "delivery": to("US", region="NY")}, catalog)
    assert (order.parts.goods.minor, order.parts.tax.minor, order.renewal_minor) == (2400, 213, 1851)


@pytest.mark.parametrize(
    ("delivery", "field"),
    [({}, "delivery.country"), (to("ES", "post"), "delivery.region"), (to("FR"), "delivery.method")],
)
def test_an_order_that_lacks_something_is_refused_with_its_field(delivery: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidField) as caught:
        sell({"items": [tshirt()], "delivery": delivery})
    assert caught.value.field == field


def test_a_text_that_is_required_is_named_before_the_delivery() -> None:
    with pytest.raises(InvalidField) as caught:
        sell({"items": [{"id": "cup"}]})
    assert caught.value.field == "items[0].inputs.name"


@pytest.mark.parametrize(
    ("cart", "kept"),
    [
        ({"items": [{"id": "file"}]}, Address("ES")),
        ({"items": [tshirt()], "method": "pickup"}, Address("ES", "Ada", phone="600111222")),
        ({"items": [tshirt()], "method": "post"}, Address("ES", "Ada", "Calle 1", region="M", phone="600111222")),
    ],
    ids=["a download", "a pick-up", "a parcel"],
)
def test_of_an_address_only_what_is_of_use_is_kept(cart: dict[str, Any], kept: Address) -> None:
    delivery = to("ES", cart.pop("method", None), name="Ada", line1="Calle 1", region="M", phone="600 111 222")
    assert sell(cart | {"delivery": delivery}).buyer.address == kept


def test_a_donation_that_nobody_taxes_needs_no_country() -> None:
    donation = GOODS.products["donation"]._replace(tax=UNTAXED)
    catalog = GOODS._replace(products=dict(GOODS.products) | {"donation": donation})
    assert sell({"items": [{"id": "donation"}]}, catalog).taxes == ()
    with pytest.raises(InvalidField, match=r"delivery\.country: is missing"):
        sell({"items": [{"id": "donation"}, {"id": "file"}]}, catalog)


def test_the_address_of_a_parcel_has_the_only_country_of_the_site() -> None:
    catalog = make_goods(GOODS.sites["shop"]._replace(countries=("FR",)))
    order = sell({"items": [tshirt()], "delivery": {"city": "Paris", "method": "post"}}, catalog)
    assert order.buyer.address == Address("FR", city="Paris")


def test_what_is_picked_up_is_taxed_in_the_shops_country_whoever_fetches_it() -> None:
    order = sell({"items": [tshirt()], "delivery": {"method": "pickup"}})
    assert (order.place, order.buyer.address, order.asks_address) == (Destination("ES"), None, False)
    assert sell({"items": [tshirt()], "delivery": {"method": "pickup", "country": "FR"}}).taxes == order.taxes


def test_a_pick_up_needs_a_country_if_the_shop_names_none_of_its_own() -> None:
    abroad = make_goods(GOODS.sites["shop"]._replace(home_country=""))
    with pytest.raises(InvalidField, match=r"delivery\.country: is missing"):
        sell({"items": [tshirt()], "delivery": {"method": "pickup"}}, abroad)


def test_where_everything_is_picked_up_nobody_is_asked_for_a_country() -> None:
    pick_up_only = SHIPPING._replace(methods={"pickup": SHIPPING.methods["pickup"]})
    order = sell({"items": [tshirt()]}, make_goods(taxes=None, shipping=pick_up_only))
    assert order.delivery is not None
    assert order.delivery.method_id == "pickup"


def test_a_shop_without_any_way_of_delivery_for_its_site_says_so() -> None:
    catalog = make_goods(shipping=SHIPPING._replace(methods={"elsewhere": SHIPPING.methods["elsewhere"]}))
    with pytest.raises(InvalidField, match="no way of delivery goes to FR"):
        sell({"items": [tshirt()], "delivery": to("FR")}, catalog)


def test_of_what_is_not_delivered_the_method_is_of_no_use() -> None:
    assert sell({"items": [{"id": "file"}], "delivery": to("ES", "post")}).delivery is None


def test_the_repr_of_a_priced_cart_has_nothing_of_the_buyer() -> None:
    cart = CartRequest([{"id": "file"}], delivery={"country": "ES", "name": "Ada"}, note="for Ada")
    assert "Ada" not in repr(price_cart(cart, GOODS, OFFERED, "", NOW))


BAD_CARTS: dict[str, tuple[dict[str, Any], str]] = {
    "a country that is not served": ({"items": [tshirt()], "delivery": to("DE", "post")}, "delivery.country"),
    "a country where nothing goes": ({"items": [tshirt()], "delivery": to("US", "post", region="NY")}, "delivery.method"),
    "a method that is not known": ({"items": [tshirt()], "delivery": to("FR", "mail")}, "delivery.method"),
    "a method that does not fit": ({"items": [tshirt(quantity=12)], "delivery": to("FR", "post")}, "delivery.method"),
    "an option that is missing": ({"items": [tshirt(options={"size": "L"})]}, "items[0].options.colour"),
    "an option that is not known": ({"items": [tshirt(options={"fit": "slim"})]}, "items[0].options.fit"),
    "a combination that is not made": (
        {"items": [tshirt(options={"size": "M", "colour": "blue"})]},
        "items[0].options",
    ),
    "a text that is too long": ({"items": [tshirt(inputs={"engraving": "x" * 21})]}, "items[0].inputs.engraving"),
    "a text with a line too many": ({"items": [tshirt(inputs={"engraving": "a\nb"})]}, "items[0].inputs.engraving"),
    "an amount below the least": ({"items": [{"id": "donation", "amount": "1"}]}, "items[0].amount"),
    "an amount above the most": ({"items": [{"id": "donation", "amount": "501"}]}, "items[0].amount"),
    "two lines of a variant beyond its most": ({"items": [tshirt(quantity=20), tshirt()]}, "items[1].quantity"),
    "a weight beyond every method": ({"items": [{"id": "book", "quantity": 41}], "delivery": to("FR")}, "items"),
}


def test_each_mistake_has_a_sentence_of_its_own_for_developers_and_buyers_and_nothing_is_saved() -> None:
    shop = Shop(catalog=GOODS)
    seen: set[str] = set()
    for name, (cart, field) in BAD_CARTS.items():
        content = problem(shop.checkout(cart))
        assert (content["status"], content.get("field")) == (422, field), name
        assert not seen & {content["detail"], content["reason"]}, name
        seen |= {content["detail"], content["reason"]}
    assert len(seen) == 2 * len(BAD_CARTS)
    assert (shop.database.count("orders"), shop.database.count("buyers"), shop.provider.requests) == (0, 0, [])


tables = st.dictionaries(
    st.sampled_from(["size", "colour", "engraving", "poem", "name", "x"]) | st.text(max_size=3), json_values
)
full_lines = st.fixed_dictionaries(
    {"id": st.sampled_from(sorted(GOODS.products))},
    optional={
        "options": st.fixed_dictionaries(
            {}, optional={"size": st.sampled_from(["L", "m", " XL"]), "colour": st.sampled_from(["blue", "RED"])}
        )
        | tables
        | json_values,
        "inputs": st.dictionaries(st.sampled_from(["engraving", "poem", "name"]), st.text(max_size=9)) | tables | json_values,
        "amount": st.sampled_from(["5", "5,50", "1000", "0"]) | json_values,
        "quantity": st.integers(1, 30) | json_values,
    },
)
deliveries = st.fixed_dictionaries(
    {},
    optional={
        "country": st.sampled_from(["ES", "pt", "FR", "US", "DE"]) | json_values,
        "method": st.sampled_from(["post", "express", "boat", "pickup", "elsewhere"]) | json_values,
        "region": st.sampled_from(["ES-TF", "NY", "M"]) | json_values,
        "postal_code": st.sampled_from(["9000-017", "28001"]) | json_values,
        "phone": json_values,
        "name": json_values,
    },
)


@given(
    st.fixed_dictionaries(
        {"items": st.lists(full_lines, min_size=1, max_size=3)},
        optional={"delivery": deliveries | json_values, "note": json_values, "currency": st.sampled_from(["EUR", "USD"])},
    )
)
def test_whatever_the_buyer_chooses_the_parts_add_up_and_come_from_the_catalogue(document: dict[str, Any]) -> None:
    """Any cart is refused with one of our errors, or its price is complete, and its buyer's data can be written as JSON."""
    try:
        order = sell(document)
    except LightningCartError:
        return
    parts = order.parts
    assert parts.goods.minor == sum(line.unit_price.minor * line.quantity for line in order.lines)
    assert parts.total.minor == parts.goods.minor + parts.shipping.minor + parts.tax.minor > 0
    for line in order.lines:
        product = GOODS.products[line.product_id]
        assert bool(line.variant_id) == bool(product.variants)
        assert line.options in [{}, *(variant.options for variant in product.variants if variant.active)]
    assert order.asks_address <= bool(order.place.country)
    json.dumps([order.buyer.inputs, order.buyer.note, order.buyer.address], ensure_ascii=False).encode()
