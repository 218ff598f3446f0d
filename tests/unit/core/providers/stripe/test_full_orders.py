"""Stripe: delivery, tax, discount and addresses of a session and of a link, and the total that is read back."""

import json
from typing import Any
from urllib.parse import parse_qsl

import pytest

from lightning_cart.domain.buyer import Address, Buyer, Destination
from lightning_cart.domain.money import Money
from lightning_cart.domain.order import CheckoutSession, Order
from lightning_cart.domain.price import Delivery
from lightning_cart.errors import ProviderRefused
from lightning_cart.flow import drive
from lightning_cart.http import HttpResponse
from lightning_cart.providers.stripe.checkout import StripeCheckout
from lightning_cart.providers.stripe.contact import read_session_place
from lightning_cart.providers.stripe.line_items import OTHER_TOTAL
from lightning_cart.providers.stripe.payment_links import StripeLinks
from lightning_cart.providers.stripe.shipping import shipping_address, shipping_option
from support.app import ENV, Provider, answer, run
from support.builders import make_order
from support.full_orders import ADDRESS, POST, make_addressed_order, make_full_order, make_recurring_order
from support.stripe import stripe_session

STRIPE, LINKS = StripeCheckout.from_env(ENV), StripeLinks.from_env(ENV)
SUCCESS, CANCEL = "https://pay.shop.example/return/x", "https://shop.example/cart"
LINK = {"id": "plink_1", "url": "https://buy.stripe.com/test_x"}


def sent(order: Order, strategy: StripeCheckout | StripeLinks = STRIPE) -> dict[str, str]:
    request = next(strategy.create_checkout(order, SUCCESS, CANCEL))
    return dict(parse_qsl(request.body.decode(), keep_blank_values=True))


def starting(fields: dict[str, str], *starts: str) -> dict[str, str]:
    return {name: value for name, value in fields.items() if name.startswith(starts)}


def test_a_session_has_one_delivery_option_and_takes_an_address_in_the_priced_country_alone() -> None:
    fields = sent(make_full_order())
    assert starting(fields, "shipping", "phone", "billing") == {
        "shipping_options[0][shipping_rate_data][type]": "fixed_amount",
        "shipping_options[0][shipping_rate_data][display_name]": "Standard post",
        "shipping_options[0][shipping_rate_data][fixed_amount][amount]": "490",
        "shipping_options[0][shipping_rate_data][fixed_amount][currency]": "usd",
        "shipping_options[0][shipping_rate_data][delivery_estimate][minimum][unit]": "business_day",
        "shipping_options[0][shipping_rate_data][delivery_estimate][minimum][value]": "2",
        "shipping_options[0][shipping_rate_data][delivery_estimate][maximum][unit]": "business_day",
        "shipping_options[0][shipping_rate_data][delivery_estimate][maximum][value]": "4",
        "shipping_address_collection[allowed_countries][0]": "US",
        "phone_number_collection[enabled]": "true",
    }


def test_a_line_says_which_variant_it_is_and_tax_that_it_is_tax() -> None:
    fields = sent(make_full_order())
    assert starting(fields, "line_items[0][price_data][product_data]") == {
        "line_items[0][price_data][product_data][name]": "T-shirt (L, blue), reduced",
        "line_items[0][price_data][product_data][description]": "Soft cotton",
        "line_items[0][price_data][product_data][images][0]": "https://shop.example/blue.png",
        "line_items[0][price_data][product_data][metadata][product_id]": "tshirt",
        "line_items[0][price_data][product_data][metadata][variant_id]": "l-blue",
        "line_items[0][price_data][product_data][metadata][sku]": "TS-L-BL",
    }
    assert starting(fields, "line_items[3]") == {
        "line_items[3][quantity]": "1",
        "line_items[3][price_data][currency]": "usd",
        "line_items[3][price_data][unit_amount]": "753",
        "line_items[3][price_data][product_data][name]": "Sales tax (8.875 %)",
        "line_items[3][price_data][product_data][metadata][kind]": "tax",
    }


def test_a_whole_address_is_stored_with_the_payment_and_not_asked_for_again() -> None:
    fields = sent(make_addressed_order())
    assert starting(fields, "payment_intent_data[shipping]", "shipping_address", "phone", "billing") == {
        "payment_intent_data[shipping][name]": "Ada Lovelace",
        "payment_intent_data[shipping][phone]": "+12125550100",
        "payment_intent_data[shipping][address][line1]": "1 Main Street",
        "payment_intent_data[shipping][address][line2]": "Flat 2",
        "payment_intent_data[shipping][address][city]": "New York",
        "payment_intent_data[shipping][address][state]": "NY",
        "payment_intent_data[shipping][address][postal_code]": "10001",
        "payment_intent_data[shipping][address][country]": "US",
    }
    assert "shipping_options[0][shipping_rate_data][display_name]" in fields


def test_parts_of_an_address_that_are_empty_are_left_out() -> None:
    address = Address("ES", "Ada", "Calle 1", city="Madrid", postal_code="28001")
    assert shipping_address(address) == {
        "name": "Ada",
        "address": {"line1": "Calle 1", "city": "Madrid", "postal_code": "28001", "country": "ES"},
    }


@pytest.mark.parametrize(
    ("order", "strategy"),
    [
        (make_recurring_order(buyer=Buyer(ADDRESS)), STRIPE),
        (make_addressed_order(), LINKS),
        (make_full_order(buyer=Buyer(ADDRESS._replace(city=""))), STRIPE),
    ],
    ids=["a subscription", "a link", "an address without a city"],
)
def test_a_page_that_cannot_be_given_the_address_asks_for_it(order: Order, strategy: StripeCheckout | StripeLinks) -> None:
    fields = sent(order, strategy)
    assert not starting(fields, "payment_intent_data[shipping]")
    assert bool(starting(fields, "shipping_options")) is (strategy is STRIPE and not order.recurring)
    assert fields["shipping_address_collection[allowed_countries][0]"] == "US"


def test_a_pick_up_asks_for_no_address_and_a_digital_cart_only_where_it_named_a_country() -> None:
    wanted = "shipping_address", "phone", "billing", "payment_intent_data[shipping]"
    assert starting(sent(make_full_order(delivery=POST._replace(pick_up=True), buyer=Buyer(ADDRESS))), *wanted) == {}
    assert starting(sent(make_order()), *wanted) == {}
    digital = make_order(buyer=Buyer(Address("FR")), place=Destination("FR"))
    assert starting(sent(digital), *wanted) == {"billing_address_collection": "required"}
    assert starting(sent(digital, LINKS), *wanted) == {"billing_address_collection": "required"}
    assert starting(sent(make_order(buyer=Buyer(Address(name="Ada")))), *wanted) == {}


@pytest.mark.parametrize(
    ("days", "estimate"),
    [
        (None, {}),
        ((0, 0), {}),
        ((0, 1), {"maximum": {"unit": "business_day", "value": 1}}),
        (
            (3, 5),
            {"minimum": {"unit": "business_day", "value": 3}, "maximum": {"unit": "business_day", "value": 5}},
        ),
    ],
    ids=["unknown", "at once", "at most a day", "a range"],
)
def test_an_estimate_has_the_bounds_that_stripe_takes(days: tuple[int, int] | None, estimate: dict[str, Any]) -> None:
    data: Any = shipping_option(Delivery("a", "A" * 120, days), Money(0, "EUR"))["shipping_rate_data"]
    assert (data.get("delivery_estimate", {}), data["display_name"], data["fixed_amount"]) == (
        estimate,
        "A" * 100,
        {"amount": 0, "currency": "eur"},
    )


def test_a_link_has_delivery_and_tax_as_lines_and_shows_its_lines_in_the_answer() -> None:
    fields = sent(make_full_order(), LINKS)
    names = [value for name, value in fields.items() if name.endswith("[product_data][name]")]
    assert names == ["T-shirt (L, blue), reduced"] * 2 + ["Book", "Standard post", "Sales tax (8.875 %)"]
    assert starting(fields, "shipping_options", "adaptive_pricing", "automatic_tax", "expand") == {
        "automatic_tax[enabled]": "false",
        "expand[0]": "line_items",
    }


def test_no_page_lets_the_buyer_change_the_total() -> None:
    fields = sent(make_full_order()) | sent(make_recurring_order()) | sent(make_full_order(), LINKS)
    assert not [name for name in fields if "adjustable" in name or "promotion" in name or "tax_rates" in name]
    assert "" not in fields.values()


# ---- read back


def open_session(order: Order, **changes: Any) -> CheckoutSession:
    return run(drive(STRIPE.create_checkout(order, SUCCESS, CANCEL), Provider([answer(stripe_session(**changes))])))


@pytest.mark.parametrize("order", [make_order(), make_full_order(), make_recurring_order()], ids=["plain", "full", "recurring"])
def test_a_session_of_the_orders_total_is_opened(order: Order) -> None:
    assert open_session(order).id == "cs_test_1"


@pytest.mark.parametrize(
    ("amount_total", "amount_shipping"),
    [(9243, 490), (8753, 0), (8753, None)],
    ids=["the option counts", "not yet", "not yet, unsaid"],
)
def test_a_session_may_count_its_only_delivery_option_already_or_not(amount_total: int, amount_shipping: int | None) -> None:
    details = {"amount_shipping": amount_shipping}
    assert open_session(make_full_order(), amount_total=amount_total, total_details=details).id == "cs_test_1"


@pytest.mark.parametrize(
    "changes",
    [
        {"amount_total": 9244},
        {"amount_total": 9243, "total_details": {"amount_shipping": 0}},
        {"amount_total": 9743, "total_details": {"amount_shipping": 990}},
        {"currency": "eur"},
        {"amount_total": None},
        {"amount_total": "9243"},
        {"currency": 7},
    ],
    ids=["a cent more", "goods dearer", "delivery dearer", "another currency", "no total", "a text", "no currency"],
)
def test_a_session_of_another_total_is_refused_before_the_buyer_is_sent_there(changes: dict[str, Any]) -> None:
    with pytest.raises(ProviderRefused) as refused:
        open_session(make_full_order(), **changes)
    assert refused.value.reason == OTHER_TOTAL


def test_a_session_without_options_has_no_delivery_price_beside_its_lines() -> None:
    with pytest.raises(ProviderRefused):
        open_session(make_recurring_order(), amount_total=7003 + 490, total_details={"amount_shipping": 490})


def open_link(order: Order, *replies: HttpResponse) -> tuple[CheckoutSession, list[str]]:
    provider = Provider(list(replies))
    session = run(drive(LINKS.create_checkout(order, SUCCESS, CANCEL), provider))
    return session, [request.url for request in provider.requests]


def lines_of(*amounts: int, currency: str = "usd", more: bool = False) -> dict[str, Any]:
    return {"data": [{"amount_total": amount, "currency": currency} for amount in amounts], "has_more": more}


def test_the_lines_of_a_link_are_added_up() -> None:
    assert open_link(make_full_order(), answer(LINK))[0].id == "plink_1"
    assert open_link(make_full_order(), answer(LINK | {"line_items": lines_of(9000, 243)}))[0].id == "plink_1"


@pytest.mark.parametrize(
    "lines",
    [lines_of(9242), lines_of(9243, currency="eur"), {"data": [{"amount_total": "9243"}]}, {}, None],
    ids=["a cent less", "another currency", "no amount", "no lines", "nothing"],
)
def test_a_link_whose_lines_add_up_to_another_total_is_refused(lines: Any) -> None:
    with pytest.raises(ProviderRefused) as refused:
        open_link(make_full_order(), answer(LINK | {"line_items": lines}))
    assert refused.value.reason == OTHER_TOTAL


def test_the_lines_of_a_long_link_are_read() -> None:
    first = answer(LINK | {"line_items": lines_of(*[1] * 10, more=True)})
    _, urls = open_link(make_full_order(), first, answer(lines_of(9000, 243)))
    assert urls[1:] == ["https://api.stripe.com/v1/payment_links/plink_1/line_items?limit=100"]


# ---- the place


@pytest.mark.parametrize(
    "session",
    [
        {"collected_information": {"shipping_details": {"address": {"country": "us", "state": "NY", "postal_code": "10001"}}}},
        {"shipping_details": {"address": {"country": "US", "state": "US-NY", "postal_code": "10001"}}},
        {"shipping": {"address": {"country": "US", "state": "ny", "postal_code": "10 001"}}},
    ],
    ids=["since 2025-03-31", "since 2022-08-01", "before"],
)
def test_the_place_is_read_in_every_version(session: object) -> None:
    assert read_session_place(session) == Destination("US", "NY", "10001")


@pytest.mark.parametrize(
    "address",
    [None, {}, {"country": None}, {"country": "USA"}, {"country": 7}, {"country": "É"}, [], {"country": "U" * 10**6}],
    ids=str,
)
def test_an_address_without_a_country_says_no_place(address: object) -> None:
    assert read_session_place({"shipping_details": {"address": address}, "collected_information": None}) is None


def test_parts_of_another_type_are_not_known() -> None:
    address = {"country": "US", "state": ["NY"], "postal_code": "9" * 301}
    assert read_session_place({"shipping": {"address": address}}) == Destination("US")


def test_a_session_that_was_read_says_where_its_goods_go() -> None:
    session = stripe_session(status="complete", payment_status="paid", shipping_details={"address": {"country": "ES"}})
    opened = make_full_order(session=CheckoutSession("cs_test_1", "https://x", None))
    reading = run(
        drive(STRIPE.read_checkout(opened, capture=True), Provider([HttpResponse(200, {}, json.dumps(session).encode())]))
    )
    assert [event.place for event in reading.events] == [Destination("ES")]
