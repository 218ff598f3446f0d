"""Another program sells on the same account: its payments are in webhooks and in the ledger, but belong to no order."""

from typing import Any

import pytest

from lightning_cart_sandbox.money import parse_decimal
from support.sandbox_clients import PayPalClient, SquareClient

WEBHOOK = "http://127.0.0.1:9999/webhook"
BUYERS = {"stripe": "Prueba Savings Bank ••4444", "paypal": "Banco Sabadell ••4242", "square": "Prueba Savings Bank ••5100"}
EVENTS = {
    "stripe": [
        "payment_link.created",
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.completed",
    ],
    "paypal": ["CHECKOUT.ORDER.APPROVED", "PAYMENT.CAPTURE.COMPLETED", "CHECKOUT.ORDER.COMPLETED"],
    "square": ["order.created", "payment.created", "payment.updated", "order.updated"],
}


def heard(stripe: Any) -> list[Any]:
    stripe.drain()
    return list(stripe.receiver.events)


def listen(stripe: Any, provider: str) -> None:
    if provider == "paypal":
        PayPalClient(stripe).listen()
    else:
        stripe.sandbox.providers[provider].connect(WEBHOOK)


def sell(stripe: Any, provider: str, **fields: str) -> int:
    return int(stripe.ask("POST", f"/{provider}/sales", data={"action": "foreign_sale", **fields}).status_code)


@pytest.fixture(params=["stripe", "paypal", "square"])
def provider(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_the_overview_has_a_button_for_each_provider(stripe: Any, provider: str) -> None:
    text = stripe.ask("GET", "/").text
    assert f'action="/{provider}/sales"' in text
    assert text.count("A sale of another program") == 3


def test_the_button_sells_and_returns_to_the_overview(stripe: Any, provider: str) -> None:
    answer = stripe.ask("POST", f"/{provider}/sales", data={"action": "foreign_sale"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert stripe.balances()[BUYERS[provider]] == -500


def test_a_sale_sends_the_webhooks_of_a_payment(stripe: Any, provider: str) -> None:
    listen(stripe, provider)
    sell(stripe, provider)
    assert [event.get("type") or event["event_type"] for event in heard(stripe)] == EVENTS[provider]


def test_a_sale_has_the_amount_that_it_was_told(stripe: Any, provider: str) -> None:
    sell(stripe, provider, amount_minor="1234")
    assert stripe.balances()[BUYERS[provider]] == -1234
    assert stripe.ask("GET", "/api/ledger").json()["balanced"]


def test_a_sale_belongs_to_no_order_whatever_its_reference(stripe: Any, provider: str) -> None:
    for reference in ("ord_1", "shop:ord_1"):
        sell(stripe, provider, reference=reference)
    orders = stripe.ask("GET", "/api/orders").json()["orders"]
    assert orders == {"": {"paid_minor": 1000, "refunded_minor": 0, "currency": "USD"}}


def test_a_sale_is_not_refunded_for_the_order_that_it_names(stripe: Any, provider: str) -> None:
    stripe.sandbox.providers[provider].foreign_sale("ord_1")
    with pytest.raises(LookupError):
        stripe.sandbox.providers[provider].refund("ord_1", 100)


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"amount_minor": "0"}, id="nothing"),
        pytest.param({"amount_minor": "1.50"}, id="an amount with decimals"),
        pytest.param({"amount_minor": "123456789"}, id="too much"),
        pytest.param({"reference": "x" * 101}, id="a long reference"),
        pytest.param({"action": "rob"}, id="an unknown action"),
    ],
)
def test_a_sale_is_refused_with(stripe: Any, provider: str, fields: dict[str, str]) -> None:
    assert (sell(stripe, provider, **fields), stripe.balances()) == (400, {})


@pytest.mark.parametrize(("reference", "shown"), [("", None), ("wc_7", "wc_7"), ("not a reference", None)])
def test_a_sale_by_a_stripe_link_has_at_most_a_client_reference(stripe: Any, reference: str, shown: str | None) -> None:
    intent = stripe.sandbox.stripe.foreign_sale(reference)
    (session,) = stripe.get("checkout/sessions", payment_intent=intent)["data"]
    assert (session["client_reference_id"], session["metadata"], session["payment_status"]) == (shown, {}, "paid")
    assert session["payment_link"].startswith("plink_")


@pytest.mark.parametrize(
    ("arguments", "custom_id"), [([], "wc_order_1"), (["a:b"], "a:b"), ([""], None)], ids=["default", "given", "none"]
)
def test_a_sale_at_paypal_has_a_custom_id(stripe: Any, arguments: list[str], custom_id: str | None) -> None:
    identifier = stripe.sandbox.paypal.foreign_sale(*arguments)
    capture = PayPalClient(stripe).capture_now({"id": identifier})
    assert (capture["status"], capture.get("custom_id")) == ("COMPLETED", custom_id)


@pytest.mark.parametrize("reference", ["", "table 4"], ids=["no reference", "a reference"])
def test_a_sale_at_squares_till_has_an_order_without_a_link(stripe: Any, reference: str) -> None:
    payment = SquareClient(stripe).get(f"payments/{stripe.sandbox.square.foreign_sale(reference)}")["payment"]
    order = SquareClient(stripe).get(f"orders/{payment['order_id']}")["order"]
    assert (payment["status"], payment["card_details"]["entry_method"]) == ("COMPLETED", "EMV")
    assert (order["state"], order.get("reference_id", ""), order["source"]["name"]) == (
        "COMPLETED",
        reference,
        "Square Point of Sale",
    )
    assert SquareClient(stripe).get("online-checkout/payment-links") == {}


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("2.00", "USD", 200),
        ("2", "usd", 200),
        ("0.5", "EUR", 50),
        ("200", "JPY", 200),
        ("1.234", "KWD", 1234),
        ("2.00", "JPY", None),
        ("2.001", "USD", None),
        ("", "USD", None),
        (".5", "USD", None),
        ("-1", "USD", None),
    ],
)
def test_a_decimal_text_is_an_amount_of_its_currency(text: str, currency: str, minor: int | None) -> None:
    assert parse_decimal(text, currency) == minor
