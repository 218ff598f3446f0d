"""PayPal: delivery, tax and discount of an order, and that nothing is captured for another place than the price is for."""

import json
from typing import Any

import pytest

from lightning_cart.domain.buyer import Buyer, Destination
from lightning_cart.domain.line_item import LineItem
from lightning_cart.domain.money import Money
from lightning_cart.domain.order import CheckoutSession, Order, OrderStatus
from lightning_cart.domain.payment_event import EventKind
from lightning_cart.errors import InvalidField, ProviderRefused
from lightning_cart.http import HttpResponse
from lightning_cart.providers.paypal.checkout import order_body
from lightning_cart.providers.paypal.places import read_order_place
from lightning_cart.providers.strategy import CheckoutReading
from lightning_cart.usecases.reconcile import reconcile
from lightning_cart.web.responses import Answer
from support.app import ENV, SHOP, Shop, answer, make_catalog, run
from support.builders import NOW, make_order
from support.full_orders import ADDRESS, POST, make_addressed_order, make_full_order
from support.paypal import (
    APPROVE_URL,
    CUSTOM_ID,
    PAYPAL_ENV,
    PAYPAL_ID,
    VERIFIED,
    event_body,
    headers,
    make_capture,
    paypal,
    paypal_order,
    refusal,
    rfc3339,
    run_flow,
    token,
)

SUCCESS, CANCEL = "https://pay.shop.example/return/x", "https://shop.example/cart"


def usd(value: str) -> dict[str, str]:
    return {"currency_code": "USD", "value": value}


def unit_of(order: Order) -> Any:
    units: Any = order_body(order, SUCCESS, CANCEL)["purchase_units"]
    return units[0]


def preference(order: Order) -> str:
    source: Any = order_body(order, SUCCESS, CANCEL)["payment_source"]
    return str(source["paypal"]["experience_context"]["shipping_preference"])


def test_each_part_of_a_total_is_in_its_own_field_and_items_have_their_full_price() -> None:
    unit = unit_of(make_full_order())
    assert unit["amount"] == usd("92.43") | {
        "breakdown": {
            "item_total": usd("90.00"),
            "shipping": usd("4.90"),
            "tax_total": usd("7.53"),
            "discount": usd("10.00"),
        }
    }
    assert unit["items"] == [
        {
            "name": "T-shirt (L, blue)",
            "quantity": "3",
            "unit_amount": usd("25.00"),
            "sku": "TS-L-BL",
            "description": "Soft cotton",
            "image_url": "https://shop.example/blue.png",
        },
        {"name": "Book", "quantity": "1", "unit_amount": usd("15.00"), "sku": "book"},
    ]


@pytest.mark.parametrize(
    ("image", "is_sent"),
    [
        ("https://shop.example/a/b-1.JPG", True),
        ("https://shop.example/a.svg", False),
        ("http://shop.example/a.png", False),
        ("https://shop.example/a%20b.png", False),
        ("https://shop.example:8443/a.png", False),
        ("https://shop.example/é.png", False),
        ("https://shop.example/a.png?v=2", False),
        (f"https://shop.example/{'a' * 2048}.png", False),
    ],
    ids=["jpg", "svg", "http", "escaped", "port", "no ASCII", "query", "too long"],
)
def test_an_image_is_sent_only_where_paypal_takes_its_url(image: str, is_sent: bool) -> None:
    order = make_order(lines=(LineItem("a", "A", Money(1, "USD"), 1, image=image),))
    assert ("image_url" in unit_of(order)["items"][0]) is is_sent


def test_a_whole_address_is_shown_and_cannot_be_changed() -> None:
    order = make_addressed_order()
    assert (preference(order), unit_of(order)["shipping"]) == (
        "SET_PROVIDED_ADDRESS",
        {
            "name": {"full_name": "Ada Lovelace"},
            "address": {
                "address_line_1": "1 Main Street",
                "address_line_2": "Flat 2",
                "admin_area_2": "New York",
                "admin_area_1": "NY",
                "postal_code": "10001",
                "country_code": "US",
            },
        },
    )


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (make_full_order(), "GET_FROM_FILE"),
        (make_full_order(buyer=Buyer(ADDRESS._replace(line1=""))), "GET_FROM_FILE"),
        (make_full_order(buyer=Buyer(ADDRESS._replace(region=""))), "GET_FROM_FILE"),
        (make_full_order(buyer=Buyer(ADDRESS), delivery=POST._replace(pick_up=True)), "NO_SHIPPING"),
        (make_order(), "NO_SHIPPING"),
    ],
    ids=["no address", "a part of it", "no state", "pick-up", "digital"],
)
def test_else_the_buyer_chooses_an_address_if_goods_go_to_one(order: Order, expected: str) -> None:
    assert (preference(order), "shipping" in unit_of(order)) == (expected, False)


def test_an_address_in_a_country_without_states_needs_none() -> None:
    assert preference(make_full_order(buyer=Buyer(ADDRESS._replace(country="ES", region="")))) == "SET_PROVIDED_ADDRESS"


@pytest.mark.parametrize("issue", ["SHIPPING_ADDRESS_INVALID", "POSTAL_CODE_REQUIRED", "CITY_REQUIRED"])
def test_an_address_that_paypal_refuses_is_told_to_the_buyer(issue: str) -> None:
    with pytest.raises(InvalidField) as refused:
        run_flow(paypal().create_checkout(make_addressed_order(), SUCCESS, CANCEL), token(), refusal(issue))
    assert (refused.value.field, refused.value.reason, refused.value.for_buyer) == (
        "delivery",
        f"paypal refuses this address: {issue}",
        "PayPal does not take this delivery address.",
    )


@pytest.mark.parametrize(
    ("order", "issue"),
    [(make_full_order(), "SHIPPING_ADDRESS_INVALID"), (make_addressed_order(), "PAYEE_ACCOUNT_RESTRICTED")],
    ids=["no address was sent", "about something else"],
)
def test_any_other_refusal_is_paypals(order: Order, issue: str) -> None:
    with pytest.raises(ProviderRefused):
        run_flow(paypal().create_checkout(order, SUCCESS, CANCEL), token(), refusal(issue))


# ---- the place


def to(country: str, region: str = "", postal_code: str = "") -> dict[str, Any]:
    address = {"country_code": country, "admin_area_1": region, "postal_code": postal_code}
    return {"shipping": {"address": {name: value for name, value in address.items() if value}}}


@pytest.mark.parametrize(
    ("unit", "place"),
    [
        (to("US", "NY", "10001-1234"), Destination("US", "NY", "10001")),
        (to("C2"), Destination("CN")),
        (to("ES", "Santa Cruz de Tenerife", "38 001"), Destination("ES", "", "38001")),
        ({}, None),
        ({"shipping": {"address": []}}, None),
        ({"shipping": {"address": {"country_code": 7}}}, None),
    ],
    ids=["a ZIP code of nine digits", "China", "a region's name", "none", "no object", "no text"],
)
def test_the_place_of_paypals_order_is_read(unit: dict[str, Any], place: Destination | None) -> None:
    assert read_order_place({"purchase_units": [unit]}, make_full_order()) == place


@pytest.mark.parametrize(
    ("country", "region", "sent"),
    [
        ("US", "us-ny", ("NY", "US")),
        ("US", "New York", None),
        ("CA", "QC", ("QC", "CA")),
        ("JP", "13", None),  # PayPal writes TOKYO-TO
        ("MX", "NLE", None),
        ("PR", "", ("PR", "US")),
        ("ES", "Madrid", ("Madrid", "ES")),
        ("ES", "", (None, "ES")),
    ],
)
def test_an_address_is_given_only_if_its_state_can_be_written_as_paypal_does(
    country: str, region: str, sent: tuple[str | None, str] | None
) -> None:
    order = make_full_order(buyer=Buyer(ADDRESS._replace(country=country, region=region)), place=Destination(country))
    assert preference(order) == ("SET_PROVIDED_ADDRESS" if sent else "GET_FROM_FILE")
    if sent:
        address = unit_of(order)["shipping"]["address"]
        assert (address.get("admin_area_1"), address["country_code"]) == sent


@pytest.mark.parametrize(
    ("place", "shipping"),
    [
        (Destination("MX", "NLE"), to("MX", "NL")),
        (Destination("MX", "CHP"), to("MX", "CHIS")),
        (Destination("PR"), to("US", "PR", "00901")),
        (Destination("PR"), to("PR")),
        (Destination("US"), to("US", "PR")),
        (Destination("US", "PR"), to("US", "PR")),
        (Destination("CN"), to("C2", "CN-BJ")),
        (Destination("ES", "M"), to("ES", "MD")),  # the community of that name
    ],
)
def test_paypals_own_names_of_a_place_are_no_other_place(place: Destination, shipping: dict[str, Any]) -> None:
    order = make_full_order(place=place)
    assert not order.ships_to.differs_from(read_order_place({"purchase_units": [shipping]}, order))


@pytest.mark.parametrize(
    ("place", "shipping"),
    [
        (Destination("MX", "NLE"), to("MX", "BC")),
        (Destination("PR"), to("US", "GU")),
        (Destination("ES", "M"), to("ES", "TF")),
    ],
)
def test_another_place_of_these_is_one(place: Destination, shipping: dict[str, Any]) -> None:
    order = make_full_order(place=place)
    assert order.ships_to.differs_from(read_order_place({"purchase_units": [shipping]}, order))


def approved(shipping: dict[str, Any], total: str = "92.43", **changes: Any) -> dict[str, Any]:
    unit = {"custom_id": CUSTOM_ID, "amount": usd(total)} | shipping
    return paypal_order("APPROVED", purchase_units=[unit | changes])


def read(order: Order, *answers: HttpResponse, capture: bool = True) -> tuple[CheckoutReading, int]:
    opened = order._replace(session=CheckoutSession(PAYPAL_ID, APPROVE_URL, NOW + 6 * 3600))
    reading, requests = run_flow(paypal().read_checkout(opened, capture=capture), token(), *answers)
    return reading, sum(request.path.endswith("/capture") for request in requests)


@pytest.mark.parametrize(
    ("place", "shipping"),
    [
        (Destination("US", "NY"), to("CA", "NY")),
        (Destination("US", "NY"), to("US", "NJ")),
        (Destination("ES", "", "35001"), to("ES", "Madrid", "28001")),
    ],
    ids=["country", "region", "postal code"],
)
def test_an_approval_of_another_place_is_not_captured(place: Destination, shipping: dict[str, Any]) -> None:
    assert read(make_full_order(place=place), answer(approved(shipping))) == (CheckoutReading(is_elsewhere=True), 0)


@pytest.mark.parametrize(
    ("order", "shipping"),
    [
        (make_full_order(), to("US", "US-NY")),
        (make_full_order(), to("US", "New York")),
        (make_full_order(place=Destination("US")), to("US", "NJ", "07001")),
        (make_full_order(), {}),
        (make_full_order(delivery=POST._replace(pick_up=True)), to("CA")),
    ],
    ids=["the same", "a region's name", "a region that no price depends on", "no address", "a pick-up"],
)
def test_an_approval_of_the_priced_place_is_captured(order: Order, shipping: dict[str, Any]) -> None:
    done = approved(shipping, payments={"captures": [make_capture(amount=usd("92.43"))]}) | {"status": "COMPLETED"}
    reading, captures = read(order, answer(approved(shipping)), answer(done, 201))
    assert ([event.kind for event in reading.events], captures) == ([EventKind.PAID], 1)
    assert reading.events[0].place == read_order_place({"purchase_units": [shipping]}, order)


PRODUCTS = '[products.book]\nname = "Book"\nprices = { EUR = "10.00" }\n'
SHIPPING = """
[zones.spain]
countries = ["ES"]
[methods.post]
name = "Post"
zones = ["spain"]
prices = { EUR = "4.90" }
"""
AWAY, HOME = to("FR"), to("ES")


class DeliveringShop(Shop):
    """A shop that delivers to Spain and sells by PayPal, and its first order."""

    def __init__(self) -> None:
        sites = SHOP.replace("stripe_checkout", "paypal") + 'countries = ["ES", "FR"]\nhome_country = "ES"\n'
        super().__init__(ENV | PAYPAL_ENV, make_catalog(PRODUCTS, sites, SHIPPING))
        self.answers(token(), answer(self.shown(to("")), 201))
        cart = {"items": [{"id": "book"}], "delivery": {"country": "ES", "method": "post"}}
        self.order_id: str = json.loads(self.checkout(cart).body)["order_id"]

    def shown(self, shipping: dict[str, Any], status: str = "PAYER_ACTION_REQUIRED", **changes: Any) -> dict[str, Any]:
        unit = {"custom_id": CUSTOM_ID, "amount": {"currency_code": "EUR", "value": "14.90"}} | shipping
        return paypal_order(status, purchase_units=[unit | changes])

    def answers(self, *answers: HttpResponse) -> None:
        self.provider.answers = list(answers)
        self.provider.requests = []

    def return_from_paypal(self) -> Answer:
        self.now += 6
        return self.come_back(self.order_id)

    def hook(self, resource: object, event_id: str) -> Answer:
        body = event_body("CHECKOUT.ORDER.APPROVED", resource, event_id)
        sent = headers(body, time=rfc3339(int(self.now)), paypal_transmission_id=f"T-{event_id}")
        return self.handle("POST", "/webhook", body, **{name.replace("-", "_"): value for name, value in sent.items()})

    @property
    def state(self) -> tuple[OrderStatus, bool, int]:
        order = self.order(self.order_id)
        captures = sum(request.path.endswith("/capture") for request in self.provider.requests)
        return order.status, order.needs_review, captures


def test_a_buyer_who_chose_another_country_is_sent_to_the_cancel_page_with_the_reason() -> None:
    shop = DeliveringShop()
    shop.answers(answer(shop.shown(AWAY, "APPROVED")))
    response = shop.return_from_paypal()
    page = f"https://shop.example/cart#order={shop.order_id}&reason=delivery"
    assert (response.status, response.header("location"), shop.state) == (303, page, (OrderStatus.OPEN, False, 0))


def test_the_webhook_of_such_an_approval_is_acknowledged_and_leaves_the_order_open() -> None:
    shop = DeliveringShop()
    shop.answers(VERIFIED, answer(shop.shown(AWAY, "APPROVED")))
    assert (shop.hook(shop.shown(AWAY, "APPROVED"), "WH-1").status, shop.state) == (200, (OrderStatus.OPEN, False, 0))


def test_the_reconciler_captures_nothing_there_and_reports_nothing() -> None:
    shop = DeliveringShop()
    for _ in range(2):
        shop.now += 3600
        shop.answers(answer(shop.shown(AWAY, "APPROVED")))
        report = run(reconcile(shop.app.engine, 10))
        assert (report.checked, report.discrepancies, shop.state) == (1, [], (OrderStatus.OPEN, False, 0))


def test_after_the_buyer_chose_the_priced_country_the_order_is_captured() -> None:
    shop = DeliveringShop()
    shop.answers(answer(shop.shown(AWAY, "APPROVED")))
    shop.return_from_paypal()
    capture = make_capture(amount={"currency_code": "EUR", "value": "14.90"})
    done = shop.shown(HOME, "COMPLETED", payments={"captures": [capture]})
    shop.answers(answer(shop.shown(HOME, "APPROVED")), answer(done, 201))
    assert shop.return_from_paypal().header("location").startswith("https://shop.example/thanks#")
    assert shop.state == (OrderStatus.PAID, False, 1)
