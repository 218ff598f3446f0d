"""Webhooks name the order, the capture and the merchant as PayPal does, and can leave ids out."""

from typing import Any

import pytest

from support.sandbox_clients import BASE, ORDERS, PayPalClient

PAYEE = {"email_address": "merchant@sandbox.example", "merchant_id": "SANDBXMERCHNT"}


@pytest.fixture
def paypal(stripe: Any) -> PayPalClient:
    return PayPalClient(stripe)


def ups(resource: Any) -> list[str]:
    return [link["href"].removeprefix(f"{BASE}/paypal") for link in resource["links"] if link["rel"] == "up"]


def captured(paypal: PayPalClient, *actions: str) -> tuple[Any, list[Any]]:
    """Capture an order, act on it, and return the capture with all events."""
    paypal.listen()
    capture = paypal.captured()
    for action in actions:
        assert paypal.act(capture, action).status_code == 303
    return capture, paypal.heard()


def resource(events: list[Any], event_type: str) -> Any:
    return next(event["resource"] for event in events if event["event_type"] == event_type)


def test_the_webhook_of_a_capture_names_its_order_twice(paypal: PayPalClient) -> None:
    _, events = captured(paypal)
    order = resource(events, "CHECKOUT.ORDER.APPROVED")["id"]
    capture = resource(events, "PAYMENT.CAPTURE.COMPLETED")
    assert capture["supplementary_data"]["related_ids"] == {"order_id": order}
    assert ups(capture) == [f"{ORDERS}/{order}"]


@pytest.mark.parametrize(
    ("actions", "event_type"),
    [(["refund"], "PAYMENT.CAPTURE.REFUNDED"), (["dispute", "dispute_lost"], "PAYMENT.CAPTURE.REVERSED")],
    ids=["refund", "reversal"],
)
def test_the_webhook_of_a_refund_names_its_capture_only_by_a_link(
    paypal: PayPalClient, actions: list[str], event_type: str
) -> None:
    capture, events = captured(paypal, *actions)
    refund = resource(events, event_type)
    assert (ups(refund), "supplementary_data" in refund) == ([f"/v2/payments/captures/{capture['id']}"], False)


def test_orders_and_captures_name_the_payee(paypal: PayPalClient) -> None:
    order = paypal.order()
    paypal.visit(order, "approve")
    unit = paypal.capture(order).json()["purchase_units"][0]
    capture = paypal.capture_now(unit["payments"]["captures"][0])
    assert order["purchase_units"][0]["payee"] == unit["payee"] == capture["payee"] == PAYEE


def test_a_dispute_names_the_same_merchant(paypal: PayPalClient) -> None:
    _, events = captured(paypal, "dispute")
    seller = resource(events, "CUSTOMER.DISPUTE.CREATED")["disputed_transactions"][0]["seller"]
    assert (seller["merchant_id"], seller["email"]) == (PAYEE["merchant_id"], PAYEE["email_address"])


def test_webhooks_leave_nothing_out_by_default(paypal: PayPalClient) -> None:
    assert paypal.provider.leave_out == set()


def test_webhooks_leave_out_the_id_of_the_order(paypal: PayPalClient) -> None:
    paypal.provider.leave_out = {"order_id"}
    capture = resource(captured(paypal)[1], "PAYMENT.CAPTURE.COMPLETED")
    assert ("supplementary_data" in capture, len(ups(capture)), "custom_id" in capture) == (False, 1, True)


def test_webhooks_leave_out_the_link_to_the_parent(paypal: PayPalClient) -> None:
    paypal.provider.leave_out = {"up"}
    _, events = captured(paypal, "refund")
    capture, refund = (resource(events, f"PAYMENT.CAPTURE.{name}") for name in ("COMPLETED", "REFUNDED"))
    assert (ups(capture), ups(refund), "supplementary_data" in capture) == ([], [], True)
    assert [link["rel"] for link in refund["links"]] == ["self"]


def test_webhooks_leave_out_the_shops_reference_at_any_depth(paypal: PayPalClient) -> None:
    paypal.provider.leave_out = {"custom_id"}
    _, events = captured(paypal, "dispute", "dispute_lost")
    assert len(events) == 6
    assert "ord_1" not in str([event["resource"] for event in events])


def test_the_api_leaves_nothing_out(paypal: PayPalClient) -> None:
    paypal.provider.leave_out = {"order_id", "up", "custom_id"}
    capture = paypal.capture_now(captured(paypal)[0])
    assert (capture["custom_id"], len(ups(capture)), "supplementary_data" in capture) == ("site:ord_1", 1, True)


def test_the_choice_can_be_changed_in_place(paypal: PayPalClient) -> None:
    paypal.provider.leave_out.add("up")
    assert ups(resource(captured(paypal)[1], "PAYMENT.CAPTURE.COMPLETED")) == []


def test_an_unknown_id_is_refused(paypal: PayPalClient) -> None:
    with pytest.raises(ValueError, match="not \\['invoice_id'\\]"):
        paypal.provider.leave_out = {"invoice_id"}


def test_an_engine_needs_no_new_setting(paypal: PayPalClient) -> None:
    settings = paypal.provider.connect("http://127.0.0.1:9999/webhook")
    assert set(settings) == {"PAYPAL_CLIENT_ID", "PAYPAL_CLIENT_SECRET", "PAYPAL_WEBHOOK_ID", "PAYPAL_API_BASE"}
