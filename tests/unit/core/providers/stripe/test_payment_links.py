"""Stripe Payment Links: what is sent for an order, and how the visits of a link tell of it."""

import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from lightning_cart.domain.catalog import Interval
from lightning_cart.domain.line_item import LineItem
from lightning_cart.domain.money import Money
from lightning_cart.domain.order import CheckoutSession, Order, OrderStatus
from lightning_cart.domain.payment_event import EventKind
from lightning_cart.errors import ProviderRefused
from lightning_cart.flow import ProviderRequest, drive
from lightning_cart.http import HttpRequest, HttpResponse
from lightning_cart.providers.stripe.payment_links import INACTIVE_MESSAGE, StripeLinks
from support.app import ENV, PRODUCTS, SHOP, Provider, Shop, answer, make_catalog, run
from support.builders import NOW, ORDER_ID, make_order, paid_session
from support.stripe import event, sign, stripe_session

LINKS = StripeLinks.from_env(ENV)
SUCCESS, CANCEL = f"https://pay.shop.example/return/{ORDER_ID}", "https://shop.example/cart"
LINK = {"id": "plink_1", "object": "payment_link", "active": True, "url": "https://buy.stripe.com/test_x"}
OPENED = make_order(strategy="stripe_links", session=CheckoutSession("plink_1", "https://buy.stripe.com/test_x", None))
K = EventKind


def sent_for(order: Order) -> dict[str, str]:
    request = next(LINKS.create_checkout(order, SUCCESS, CANCEL))
    return dict(parse_qsl(request.body.decode(), keep_blank_values=True))


def opened(order: Order, link: object = LINK) -> CheckoutSession:
    return run(drive(LINKS.create_checkout(order, SUCCESS, CANCEL), Provider([answer(link)])))


def page_of(order: Order, link: object = LINK) -> str:
    return LINKS.buyer_url(order, opened(order, link))


def listed(*sessions: object) -> HttpResponse:
    return answer({"object": "list", "data": list(sessions), "has_more": False})


def test_a_link_is_one_post_that_may_be_repeated() -> None:
    request = next(LINKS.create_checkout(make_order(), SUCCESS, CANCEL))
    assert (request.method, request.url, request.headers["idempotency-key"], request.idempotent) == (
        "POST",
        "https://api.stripe.com/v1/payment_links",
        f"lnk-{ORDER_ID}-1",
        True,
    )


def test_a_one_time_order_is_sent_whole_and_may_be_paid_once() -> None:
    order = make_order(customer_email="ada@example.com", metadata={"table": "7"}, statement_descriptor_suffix="SHOP")
    assert sent_for(order) == {
        "after_completion[type]": "redirect",
        "after_completion[redirect][url]": SUCCESS,
        "restrictions[completed_sessions][limit]": "1",
        "inactive_message": INACTIVE_MESSAGE,
        "automatic_tax[enabled]": "false",
        "expand[0]": "line_items",
        "line_items[0][quantity]": "1",
        "line_items[0][price_data][currency]": "usd",
        "line_items[0][price_data][unit_amount]": "1000",
        "line_items[0][price_data][product_data][name]": "Test checkout",
        "line_items[0][price_data][product_data][metadata][product_id]": "test-10",
        "metadata[table]": "7",
        "metadata[order_id]": ORDER_ID,
        "metadata[site_id]": "shop",
        "payment_intent_data[metadata][table]": "7",
        "payment_intent_data[metadata][order_id]": ORDER_ID,
        "payment_intent_data[metadata][site_id]": "shop",
        "payment_intent_data[statement_descriptor_suffix]": "SHOP",
    }


def test_a_recurring_order_gives_its_metadata_to_the_subscription() -> None:
    line = LineItem("club", "Club", Money(500, "USD"), 2, interval=Interval.MONTH)
    sent = sent_for(make_order(lines=(line,), statement_descriptor_suffix="SHOP"))
    assert (
        sent["line_items[0][price_data][recurring][interval]"],
        sent["line_items[0][quantity]"],
        sent["subscription_data[metadata][order_id]"],
        [name for name in sent if name.startswith("payment_intent_data")],
    ) == ("month", "2", ORDER_ID, [])


def test_what_a_link_cannot_be_created_with_is_not_sent() -> None:
    names = {name.partition("[")[0] for name in sent_for(make_order(customer_email="ada@example.com"))}
    assert not names & {"success_url", "cancel_url", "expires_at", "customer_email", "client_reference_id", "mode"}


@pytest.mark.parametrize(
    ("url", "email", "wanted"),
    [
        ("https://buy.stripe.com/x", "", f"https://buy.stripe.com/x?client_reference_id={ORDER_ID}"),
        (
            "https://buy.stripe.com/x?locale=en",
            "ada+shop@example.com",
            f"https://buy.stripe.com/x?locale=en&client_reference_id={ORDER_ID}&prefilled_email=ada%2Bshop%40example.com",
        ),
    ],
    ids=["without an e-mail", "with one that has a plus"],
)
def test_order_and_email_travel_in_the_links_query(url: str, email: str, wanted: str) -> None:
    assert page_of(make_order(customer_email=email), LINK | {"url": url}) == wanted


def test_the_query_is_read_as_it_was_meant() -> None:
    url = page_of(make_order(customer_email="a&b=c%+d@example.com"))
    assert dict(parse_qsl(urlsplit(url).query))["prefilled_email"] == "a&b=c%+d@example.com"


def test_the_address_that_is_stored_has_no_email() -> None:
    url = opened(make_order(customer_email="ada@example.com")).url
    assert url == f"https://buy.stripe.com/test_x?client_reference_id={ORDER_ID}"


def test_the_address_of_an_older_release_has_its_email_once() -> None:
    url = f"https://buy.stripe.com/test_x?client_reference_id={ORDER_ID}&prefilled_email=ada%40example.com"
    session = CheckoutSession("plink_1", url, None)
    assert LINKS.buyer_url(make_order(customer_email="ada@example.com"), session) == url


def test_a_link_has_no_end_of_its_own() -> None:
    session = opened(make_order())
    assert (session.id, session.expires_at) == ("plink_1", None)


@pytest.mark.parametrize("link", [{}, {"id": "plink_1"}, LINK | {"url": "javascript:x"}, LINK | {"url": 7}, LINK | {"id": 7}])
def test_an_answer_without_a_link_is_refused(link: dict[str, Any]) -> None:
    with pytest.raises(ProviderRefused):
        opened(make_order(), link)


@pytest.mark.parametrize(
    ("sessions", "payments"),
    [
        ([], []),
        ([paid_session(ORDER_ID)], [(K.PAID, "pi_1")]),
        ([paid_session(ORDER_ID, payment_status="unpaid")], [(K.PENDING, "pi_1")]),
        (
            [paid_session(ORDER_ID, payment_status="unpaid", payment_intent="pi_0"), paid_session(ORDER_ID)],
            [(K.PENDING, "pi_0"), (K.PAID, "pi_1")],
        ),
        (["?", {}, None], []),
    ],
    ids=["none", "paid", "delayed", "two", "junk"],
)
def test_each_completed_visit_of_a_link_is_a_payment(sessions: list[object], payments: list[tuple[EventKind, str]]) -> None:
    reading = run(drive(LINKS.read_checkout(OPENED, capture=True), Provider([listed(*sessions)])))
    assert [(event.kind, event.payment_ref) for event in reading.events] == payments


def test_a_visit_that_was_read_names_the_links_order_and_checkout() -> None:
    reading = run(drive(LINKS.read_checkout(OPENED, capture=True), Provider([listed(paid_session(ORDER_ID))])))
    assert [(event.order_id, event.checkout_ref) for event in reading.events] == [(ORDER_ID, "plink_1")]


def test_reading_a_paid_link_brings_the_refunded_total_of_each_charge() -> None:
    order = OPENED._replace(status=OrderStatus.PAID, payment_ref="pi_0")
    sessions = listed(paid_session(ORDER_ID, payment_intent="pi_0"), paid_session(ORDER_ID))
    charges = [answer({"latest_charge": {"amount_refunded": amount, "currency": "usd"}}) for amount in (0, 300)]
    reading = run(drive(LINKS.read_checkout(order, capture=False), Provider([sessions, *charges])))
    assert [event.refunded for event in reading.events] == [Money(0, "USD"), Money(300, "USD")]


def test_the_completed_visits_of_a_link_are_asked_for() -> None:
    request = next(LINKS.read_checkout(OPENED, capture=True))
    assert (request.method, request.path, request.query) == (
        "GET",
        "/v1/checkout/sessions",
        {"payment_link": "plink_1", "status": "complete", "limit": "100"},
    )


def expire(*answers: HttpResponse | Exception) -> tuple[list[EventKind], list[ProviderRequest]]:
    provider = Provider(list(answers))
    reading = run(drive(LINKS.expire_checkout(OPENED), provider))
    return [event.kind for event in reading.events], provider.requests


def test_an_expired_link_is_deactivated_and_its_open_visits_end() -> None:
    kinds, requests = expire(answer(LINK), listed(stripe_session()), answer({}), listed())
    assert (kinds, [(request.method, request.path, request.body) for request in requests]) == (
        [K.EXPIRED],
        [
            ("POST", "/v1/payment_links/plink_1", b"active=false"),
            ("GET", "/v1/checkout/sessions", b""),
            ("POST", "/v1/checkout/sessions/cs_test_1/expire", b""),
            ("GET", "/v1/checkout/sessions", b""),
        ],
    )


def test_a_link_that_was_paid_at_the_last_moment_is_paid() -> None:
    assert expire(answer(LINK), listed(stripe_session()), answer({}, 400), listed(paid_session(ORDER_ID)))[0] == [K.PAID]


def test_a_link_that_cannot_be_deactivated_is_not_expired() -> None:
    with pytest.raises(ProviderRefused):
        expire(answer({}, 404))


def shop_with_links() -> Shop:
    sites = SHOP + 'strategies = ["stripe_links"]\n'
    shop = Shop(catalog=make_catalog(PRODUCTS.replace('sites = ["other"]', "active = false"), sites))
    shop.provider.answers = [answer(LINK)]
    return shop


def test_a_links_events_find_the_order() -> None:
    shop = shop_with_links()
    cart = {"items": [{"id": "test-10", "quantity": 1}], "strategy": "stripe_links"}
    order_id = json.loads(shop.checkout(cart).body)["order_id"]
    shop.webhook(event("checkout.session.completed", paid_session(order_id, payment_link="plink_1")))
    assert shop.order(order_id).status is OrderStatus.PAID


def test_another_link_that_was_paid_with_the_orders_reference_pays_nothing() -> None:
    shop = shop_with_links()
    cart = {"items": [{"id": "test-10", "quantity": 1}], "strategy": "stripe_links"}
    order_id = json.loads(shop.checkout(cart).body)["order_id"]
    foreign = paid_session(order_id, payment_link="plink_2", metadata={})
    response = shop.webhook(event("checkout.session.completed", foreign))
    assert (response.status, response.log_fields["verdict"], shop.order(order_id).status) == (200, "ignored", OrderStatus.OPEN)


def test_the_end_of_one_visit_is_not_the_end_of_the_order() -> None:
    shop = shop_with_links()
    cart = {"items": [{"id": "test-10", "quantity": 1}], "strategy": "stripe_links"}
    order_id = json.loads(shop.checkout(cart).body)["order_id"]
    ended = stripe_session(status="expired", payment_link="plink_1", metadata={"order_id": order_id})
    assert shop.webhook(event("checkout.session.expired", ended)).log_fields["verdict"] == "ignored"
    assert shop.order(order_id).status is OrderStatus.OPEN


def test_both_of_stripes_strategies_verify_the_same_webhooks() -> None:
    body = event("checkout.session.completed", paid_session(ORDER_ID))
    request = HttpRequest("POST", "/webhook", {"stripe-signature": sign(body)}, body)
    assert run(drive(LINKS.verify_webhook(request, NOW), Provider())).kind is K.PAID
