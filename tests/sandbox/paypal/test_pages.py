"""The approve page: approval, closed tab, decline, pending payment and return; and the sandbox's pages about them."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from support.sandbox_clients import (
    CANCEL,
    RETURN,
    PayPalClient,
    StripeClient,
    amount,
    item,
    parent_id,
    paypal_money,
    source,
    unit,
)


@pytest.fixture
def paypal(stripe: Any) -> PayPalClient:
    return PayPalClient(stripe)


def test_the_page_shows_what_will_be_paid(paypal: PayPalClient) -> None:
    units = [unit(items=[item(quantity="2")], amount=amount("21.00", item_total="20.00", shipping="2.00", discount="1.00"))]
    text = paypal.visit(paypal.order(purchase_units=units, payment_source=source(brand_name="Tea & Co"))).text
    for shown in ("$21.00", "2 \u00d7 $10.00", "$20.00", "-$1.00", "Tea &amp; Co", "Banco Sabadell"):
        assert shown in text


def test_the_page_has_five_buttons_and_posts_to_its_own_address(paypal: PayPalClient) -> None:
    order = paypal.order()
    text = paypal.visit(order).text
    actions = ["approve", "approve_and_close", "approve_declined", "approve_pending", "cancel"]
    assert all(f'name="action" value="{action}"' in text for action in actions)
    assert text.count(f'action="/paypal/checkoutnow?token={order["id"]}"') == 2
    assert "<script" not in text


def test_the_page_may_lead_to_the_shop_and_nowhere_else(paypal: PayPalClient) -> None:
    policy = paypal.visit(paypal.order()).headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "form-action 'self' https://shop.test;" in policy


@pytest.mark.parametrize("action", ["approve", "approve_declined", "approve_pending"])
def test_approving_leads_back_with_token_and_payer_beside_the_shops_own_query(paypal: PayPalClient, action: str) -> None:
    order = paypal.order()
    answer = paypal.visit(order, action)
    parts = urlsplit(answer.headers["location"])
    payer = paypal.read(order)["payer"]["payer_id"]
    assert (answer.status_code, f"{parts.scheme}://{parts.netloc}{parts.path}") == (303, RETURN.partition("?")[0])
    assert parse_qsl(parts.query) == [("k", "v"), ("token", order["id"]), ("PayerID", payer)]
    assert paypal.read(order)["status"] == "APPROVED"


def test_cancelling_leads_back_with_the_token_and_leaves_the_order(paypal: PayPalClient) -> None:
    order = paypal.order()
    answer = paypal.visit(order, "cancel")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{CANCEL}?token={order['id']}")
    assert (paypal.read(order)["status"], paypal.event_types()) == ("PAYER_ACTION_REQUIRED", [])


def test_a_closed_tab_leads_nowhere_and_says_that_only_the_webhook_tells(paypal: PayPalClient) -> None:
    order = paypal.order()
    answer = paypal.visit(order, "approve_and_close")
    assert (answer.status_code, "location" in answer.headers) == (200, False)
    assert "CHECKOUT.ORDER.APPROVED" in answer.text
    assert "shop.test" not in answer.text
    assert (paypal.read(order)["status"], paypal.event_types()) == ("APPROVED", ["CHECKOUT.ORDER.APPROVED"])


def test_a_second_click_leads_where_the_first_did_and_sends_no_second_event(paypal: PayPalClient) -> None:
    order = paypal.order()
    locations = [paypal.visit(order, "approve").headers["location"] for _ in range(2)]
    assert locations[0] == locations[1]
    assert paypal.event_types() == ["CHECKOUT.ORDER.APPROVED"]


@pytest.mark.parametrize(("captured", "title"), [(False, "This order is approved"), (True, "This order is complete")])
def test_an_approved_order_says_so(paypal: PayPalClient, captured: bool, title: str) -> None:
    order = paypal.order()
    paypal.visit(order, "approve")
    if captured:
        paypal.capture(order)
    answer = paypal.visit(order)
    assert (answer.status_code, title in answer.text, "Back to the shop" in answer.text) == (200, True, True)
    assert paypal.visit(order, "cancel").status_code == 200


def test_a_lapsed_order_says_so_and_cannot_be_approved(paypal: PayPalClient) -> None:
    order = paypal.order()
    paypal.client.now += 6 * 3600
    answer = paypal.visit(order, "approve")
    assert (answer.status_code, "has expired" in answer.text) == (410, True)


def test_an_order_that_never_was_is_404(paypal: PayPalClient) -> None:
    assert paypal.visit({"id": "x"}).status_code == 404


def test_a_button_nobody_knows_does_nothing(paypal: PayPalClient) -> None:
    order = paypal.order()
    assert paypal.visit(order, "rob").status_code == 400
    assert paypal.client.ask("POST", f"/paypal/orders/{order['id']}", data={"action": "rob"}).status_code == 400
    assert paypal.event_types() == []


@pytest.mark.parametrize(("action", "title"), [("approve", "Approved"), ("cancel", "Cancelled")])
def test_without_addresses_the_page_says_what_happened(paypal: PayPalClient, action: str, title: str) -> None:
    answer = paypal.visit(paypal.order(payment_source=None), action)
    assert (answer.status_code, f"<h1>{title}</h1>" in answer.text) == (200, True)


def test_the_shops_email_is_the_payers(paypal: PayPalClient) -> None:
    payment_source = source()
    payment_source["paypal"] |= {"email_address": "b@c.de", "name": {"given_name": "Bo", "surname": "Li"}}
    order = paypal.order(payment_source=payment_source)
    assert "b@c.de" in paypal.visit(order).text
    paypal.visit(order, "approve")
    read = paypal.read(order)
    assert (read["payer"]["email_address"], read["payer"]["name"]["surname"]) == ("b@c.de", "Li")
    assert read["payment_source"]["paypal"]["account_id"] == read["payer"]["payer_id"]


def test_where_nothing_is_shipped_no_address_is_given(paypal: PayPalClient) -> None:
    order = paypal.order(payment_source=source(shipping_preference="NO_SHIPPING"))
    paypal.visit(order, "approve")
    assert "shipping" not in paypal.read(order)["purchase_units"][0]


@pytest.mark.parametrize(("action", "words"), [("PAY_NOW", "Pay $10.00"), ("CONTINUE", "Approve and continue")])
def test_the_button_says_what_the_shop_does_next(paypal: PayPalClient, action: str, words: str) -> None:
    assert words in paypal.visit(paypal.order(payment_source=source(user_action=action))).text


@pytest.mark.parametrize(
    ("steps", "buttons"),
    [
        pytest.param((), set(), id="open"),
        pytest.param(("approve",), {"reverse_approval"}, id="approved"),
        pytest.param(("approve", "capture"), {"refund", "dispute"}, id="paid"),
        pytest.param(("approve_pending", "capture"), {"settle", "deny"}, id="pending"),
        pytest.param(("approve_pending", "capture", "deny"), set(), id="denied"),
        pytest.param(("approve", "capture", "dispute"), {"dispute_won", "dispute_lost"}, id="disputed"),
        pytest.param(("approve", "capture", "refund"), set(), id="refunded"),
        pytest.param(("approve", "reverse_approval"), set(), id="reversed"),
    ],
)
def test_an_order_page_offers_what_can_happen_next(paypal: PayPalClient, steps: tuple[str, ...], buttons: set[str]) -> None:
    order = paypal.order()
    page = f"/paypal/orders/{order['id']}"
    for step in steps:
        if step.startswith("approve"):
            paypal.visit(order, step)
        elif step == "capture":
            paypal.capture(order)
        else:
            assert paypal.client.ask("POST", page, data={"action": step}).status_code == 303
    text = paypal.client.ask("GET", page).text
    actions = ["reverse_approval", "settle", "deny", "refund", "dispute", "dispute_won", "dispute_lost"]
    assert {name for name in actions if f'value="{name}"' in text} == buttons


@pytest.mark.parametrize(
    ("value", "status", "left"),
    [("", 303, "0.00"), ("4.00", 303, "6.00"), ("10.01", 400, "10.00"), ("four", 400, "10.00"), ("-1", 400, "10.00")],
)
def test_the_refund_form_takes_decimal_text(paypal: PayPalClient, value: str, status: int, left: str) -> None:
    capture = paypal.captured()
    assert paypal.act(capture, "refund", amount=value).status_code == status
    order = parent_id(capture)
    refunds = paypal.read({"id": order})["purchase_units"][0]["payments"].get("refunds", [])
    given_back = sum(round(float(one["amount"]["value"]) * 100) for one in refunds)
    assert f"{(1000 - given_back) / 100:.2f}" == left


def test_the_page_of_an_order_with_two_captures_acts_on_the_one_meant(paypal: PayPalClient) -> None:
    order = paypal.order(purchase_units=[unit(reference_id=name) for name in ("a", "b")])
    paypal.visit(order, "approve")
    second = paypal.capture(order).json()["purchase_units"][1]["payments"]["captures"][0]
    paypal.act(second, "refund", capture=second["id"])
    units = paypal.read(order)["purchase_units"]
    assert [one["payments"]["captures"][0]["status"] for one in units] == ["COMPLETED", "REFUNDED"]


def test_a_reversed_approval_is_gone_and_cannot_be_captured(paypal: PayPalClient) -> None:
    order = paypal.order()
    paypal.visit(order, "approve")
    paypal.client.ask("POST", f"/paypal/orders/{order['id']}", data={"action": "reverse_approval"})
    assert paypal.capture(order).status_code == 404
    assert paypal.event_types() == ["CHECKOUT.ORDER.APPROVED", "CHECKOUT.PAYMENT-APPROVAL.REVERSED"]


def test_the_front_page_lists_orders_and_events(paypal: PayPalClient) -> None:
    capture = paypal.captured(purchase_units=[unit(amount=amount("10.00", item_total="10.00"))])
    lapsed = paypal.order()
    paypal.client.now += 6 * 3600
    text = paypal.client.ask("GET", "/").text
    for shown in (
        parent_id(capture),
        lapsed["id"],
        "PAYMENT.CAPTURE.COMPLETED",
        "lapsed",
    ):
        assert shown in text


def test_forints_are_shown_without_decimals(paypal: PayPalClient) -> None:
    order = paypal.order(purchase_units=[{"amount": paypal_money("1200", "HUF")}])
    assert "1,200 HUF" in paypal.visit(order).text
    assert "1,200 HUF" in paypal.client.ask("GET", f"/paypal/orders/{order['id']}").text


def test_an_event_page_shows_its_json(paypal: PayPalClient) -> None:
    paypal.captured()
    event = paypal.api("GET", "/v1/notifications/webhooks-events").json()["events"][0]
    text = paypal.client.ask("GET", f"/paypal/events/{event['id']}").text
    assert event["id"] in text
    assert "CHECKOUT.ORDER.COMPLETED" in text


@pytest.mark.parametrize("path", ["/paypal/orders/x", "/paypal/events/x", "/paypal/v1/notifications/certs/x", "/paypal/x"])
def test_what_is_not_there_is_404(stripe: Any, path: str) -> None:
    assert stripe.ask("GET", path).status_code == 404


def test_the_pages_say_that_fee_and_spacing_are_the_sandboxs_own(stripe: Any) -> None:
    assert "PayPal: 3.49 % + 49" in stripe.ask("GET", "/ledger").text
    assert "PayPal makes 25 attempts" in stripe.ask("GET", "/deliveries").text


def test_a_frozen_sandbox_gives_the_same_everything_twice() -> None:
    def read_overview() -> list[str]:
        paypal = PayPalClient(StripeClient())
        paypal.listen()
        capture = paypal.captured()
        paypal.act(capture, "dispute")
        order = parent_id(capture)
        return [paypal.client.ask("GET", path).text for path in ("/", "/ledger", f"/paypal/orders/{order}")]

    assert read_overview() == read_overview()
