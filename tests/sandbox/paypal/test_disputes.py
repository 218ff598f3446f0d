"""A capture is disputed, decided, disputed again and won on appeal; a buyer can cancel a dispute."""

from typing import Any

import pytest

from support.sandbox_clients import PayPalClient, issues, parent_id, paypal_money, source, unit

CARD, FECU, HELD = "Banco Sabadell ••4242", "FECU payout account", "PayPal held for disputes"


@pytest.fixture
def paypal(stripe: Any) -> PayPalClient:
    return PayPalClient(stripe)


@pytest.fixture
def capture(paypal: PayPalClient) -> Any:
    """Return a completed capture."""
    return paypal.captured()


def act(paypal: PayPalClient, capture: Any, *actions: str) -> None:
    for action in actions:
        assert paypal.act(capture, action).status_code == 303


def disputes(paypal: PayPalClient) -> list[Any]:
    """Return all disputes as they are stored, newest first."""
    return list(paypal.client.sandbox.store.find("paypal.dispute"))


def page(paypal: PayPalClient, capture: Any) -> str:
    order = parent_id(capture)
    return paypal.client.ask("GET", f"/paypal/orders/{order}").text


def reversals(paypal: PayPalClient, capture: Any) -> list[Any]:
    order = parent_id(capture)
    return list(paypal.read({"id": order})["purchase_units"][0]["payments"].get("refunds", []))


def test_a_dispute_has_an_amount_and_a_reason_of_its_own(paypal: PayPalClient, capture: Any) -> None:
    paypal.act(capture, "dispute", amount="4.00", reason="UNAUTHORISED")
    (dispute,) = disputes(paypal)
    assert (dispute["dispute_amount"], dispute["reason"]) == (paypal_money("4.00"), "UNAUTHORISED")
    assert paypal.client.balances()[HELD] == 400


@pytest.mark.parametrize(
    ("surname", "invoice", "shown"),
    [
        ("Lovelace", "inv-1", ("Ada Lovelace", "inv-1")),
        ("L: (Countess)", "ord_1", ("Ada L Countess", None)),
    ],
)
def test_a_dispute_shows_names_and_invoices_as_far_as_paypal_would(
    paypal: PayPalClient, surname: str, invoice: str, shown: tuple[str, str | None]
) -> None:
    wallet = source()["paypal"] | {"name": {"given_name": "Ada", "surname": surname}}
    paypal.act(paypal.captured(purchase_units=[unit(invoice_id=invoice)], payment_source={"paypal": wallet}), "dispute")
    (transaction,) = disputes(paypal)[0]["disputed_transactions"]
    assert (transaction["buyer"]["name"], transaction.get("invoice_number")) == shown


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"amount": "10.01"}, id="more than the capture"),
        pytest.param({"amount": "0.00"}, id="nothing"),
        pytest.param({"amount": "-1.00"}, id="a negative amount"),
        pytest.param({"amount": "1.001"}, id="too many decimals"),
        pytest.param({"amount": "much"}, id="an amount that is none"),
        pytest.param({"reason": "BOREDOM"}, id="an unknown reason"),
    ],
)
def test_a_dispute_is_refused_with(paypal: PayPalClient, capture: Any, fields: dict[str, str]) -> None:
    assert paypal.act(capture, "dispute", **fields).status_code == 400
    assert disputes(paypal) == []


def test_an_open_dispute_excludes_another(paypal: PayPalClient, capture: Any) -> None:
    act(paypal, capture, "dispute")
    assert paypal.act(capture, "dispute").status_code == 400


def test_a_capture_is_disputed_again_after_a_won_dispute(paypal: PayPalClient, capture: Any) -> None:
    act(paypal, capture, "dispute", "dispute_won")
    paypal.client.now += 86400
    paypal.act(capture, "dispute", reason="UNAUTHORISED")
    second, first = disputes(paypal)
    assert (first["status"], second["status"]) == ("RESOLVED", "WAITING_FOR_SELLER_RESPONSE")
    assert first["dispute_id"] != second["dispute_id"]
    assert first["seller_response_due_date"] < second["seller_response_due_date"]


def test_what_a_lost_dispute_left_can_be_disputed(paypal: PayPalClient, capture: Any) -> None:
    paypal.act(capture, "dispute", amount="4.00")
    act(paypal, capture, "dispute_lost", "dispute")
    assert [one["dispute_amount"] for one in disputes(paypal)] == [paypal_money("6.00"), paypal_money("4.00")]


def test_a_partly_lost_capture_is_partially_refunded(paypal: PayPalClient, capture: Any) -> None:
    paypal.act(capture, "dispute", amount="4.00")
    act(paypal, capture, "dispute_lost")
    assert paypal.capture_now(capture)["status"] == "PARTIALLY_REFUNDED"
    assert issues(paypal.refund(capture)) == ["REFUND_NOT_PERMITTED_DUE_TO_CHARGEBACK"]


def test_an_appeal_is_an_update_and_then_a_resolution_for_the_seller(paypal: PayPalClient, capture: Any) -> None:
    act(paypal, capture, "dispute", "dispute_lost")
    paypal.listen()
    act(paypal, capture, "dispute_won")
    updated, resolved = paypal.heard()
    assert (updated["event_type"], updated["resource"]["status"]) == ("CUSTOMER.DISPUTE.UPDATED", "UNDER_REVIEW")
    assert updated["resource"]["dispute_life_cycle_stage"] == "PRE_ARBITRATION"
    assert "dispute_outcome" not in updated["resource"]
    assert (resolved["event_type"], resolved["resource"]["status"]) == ("CUSTOMER.DISPUTE.RESOLVED", "RESOLVED")
    assert resolved["resource"]["dispute_outcome"] == {"outcome_code": "RESOLVED_SELLER_FAVOUR"}


def test_an_appeal_brings_the_money_back_once(paypal: PayPalClient, capture: Any) -> None:
    act(paypal, capture, "dispute", "dispute_lost", "dispute_won")
    assert paypal.act(capture, "dispute_won").status_code == 400
    balances = paypal.client.balances()
    assert (balances[CARD], balances[FECU], balances[HELD]) == (-1000, 916, 0)
    assert paypal.client.ask("GET", "/api/ledger").json()["balanced"]


def test_an_appeal_cancels_the_reversal(paypal: PayPalClient, capture: Any) -> None:
    act(paypal, capture, "dispute", "dispute_lost")
    before = [one["status"] for one in reversals(paypal, capture)]
    act(paypal, capture, "dispute_won")
    assert (before, [one["status"] for one in reversals(paypal, capture)]) == (["COMPLETED"], ["CANCELLED"])


def test_a_capture_is_completed_and_refundable_after_an_appeal(paypal: PayPalClient, capture: Any) -> None:
    act(paypal, capture, "dispute", "dispute_lost", "dispute_won")
    now = paypal.capture_now(capture)
    assert (now["status"], "status_details" in now) == ("COMPLETED", False)
    answer = paypal.refund(capture)
    assert answer.json()["seller_payable_breakdown"]["total_refunded_amount"] == paypal_money("10.00")


def test_a_refund_before_an_appeal_still_counts_after_it(paypal: PayPalClient, capture: Any) -> None:
    paypal.refund(capture, "4.00")
    act(paypal, capture, "dispute", "dispute_lost", "dispute_won")
    assert paypal.capture_now(capture)["status"] == "PARTIALLY_REFUNDED"


def test_one_of_two_lost_disputes_is_won_on_appeal(paypal: PayPalClient, capture: Any) -> None:
    paypal.act(capture, "dispute", amount="4.00")
    act(paypal, capture, "dispute_lost", "dispute", "dispute_lost")
    paypal.act(capture, "dispute_won", dispute=disputes(paypal)[1]["id"])
    now = paypal.capture_now(capture)
    assert (now["status"], now["status_details"]) == ("PARTIALLY_REFUNDED", {"reason": "CHARGEBACK"})
    assert paypal.client.balances()[CARD] == -400


def test_a_decision_is_about_the_open_dispute_before_a_lost_one(paypal: PayPalClient, capture: Any) -> None:
    paypal.act(capture, "dispute", amount="4.00")
    act(paypal, capture, "dispute_lost", "dispute", "dispute_won")
    outcomes = [one["dispute_outcome"]["outcome_code"] for one in disputes(paypal)]
    assert outcomes == ["RESOLVED_SELLER_FAVOUR", "RESOLVED_BUYER_FAVOUR"]


def test_an_appeal_leaves_a_later_dispute_open(paypal: PayPalClient, capture: Any) -> None:
    paypal.act(capture, "dispute", amount="4.00")
    act(paypal, capture, "dispute_lost", "dispute")
    paypal.act(capture, "dispute_won", dispute=disputes(paypal)[1]["id"])
    assert [one["status"] for one in disputes(paypal)] == ["WAITING_FOR_SELLER_RESPONSE", "RESOLVED"]
    assert issues(paypal.refund(capture)) == ["TRANSACTION_DISPUTED"]


@pytest.mark.parametrize("action", ["dispute_won", "dispute_lost", "dispute_cancelled"])
def test_an_unknown_dispute_is_refused(paypal: PayPalClient, capture: Any, action: str) -> None:
    act(paypal, capture, "dispute")
    assert paypal.act(capture, action, dispute="PP-R-X").status_code == 400


def test_an_inquiry_is_an_internal_dispute(paypal: PayPalClient, capture: Any) -> None:
    paypal.listen()
    act(paypal, capture, "inquiry")
    (event,) = paypal.heard()
    resource = event["resource"]
    assert event["event_type"] == "CUSTOMER.DISPUTE.CREATED"
    assert (resource["dispute_life_cycle_stage"], resource["dispute_channel"]) == ("INQUIRY", "INTERNAL")


@pytest.mark.parametrize("opening", ["dispute", "inquiry"])
def test_a_buyer_cancels_and_the_seller_has_the_money(paypal: PayPalClient, capture: Any, opening: str) -> None:
    act(paypal, capture, opening)
    paypal.listen()
    act(paypal, capture, "dispute_cancelled")
    (event,) = paypal.heard()
    assert event["resource"]["dispute_outcome"] == {"outcome_code": "CANCELED_BY_BUYER"}
    assert (paypal.client.balances()[FECU], paypal.client.balances()[HELD]) == (916, 0)
    assert paypal.refund(capture).status_code == 201


@pytest.mark.parametrize(
    ("steps", "wanted"),
    [
        pytest.param([], {"refund", "dispute", "inquiry"}, id="paid"),
        pytest.param(["dispute"], {"dispute_won", "dispute_lost", "dispute_cancelled"}, id="disputed"),
        pytest.param(["dispute", "dispute_won"], {"refund", "dispute", "inquiry"}, id="won"),
        pytest.param(["dispute", "dispute_lost"], {"dispute_won"}, id="lost"),
        pytest.param(["dispute", "dispute_lost", "dispute_won"], {"refund", "dispute", "inquiry"}, id="won on appeal"),
        pytest.param(["inquiry", "dispute_cancelled"], {"refund", "dispute", "inquiry"}, id="cancelled"),
        pytest.param(["refund"], set(), id="refunded"),
    ],
)
def test_the_page_offers_what_can_happen_to_disputes(
    paypal: PayPalClient, capture: Any, steps: list[str], wanted: set[str]
) -> None:
    act(paypal, capture, *steps)
    names = ["refund", "dispute", "inquiry", "dispute_won", "dispute_lost", "dispute_cancelled"]
    assert {name for name in names if f'value="{name}"' in page(paypal, capture)} == wanted


@pytest.mark.parametrize(
    ("steps", "label"),
    [([], "The buyer disputes"), (["dispute", "dispute_won"], "Dispute again"), (["dispute", "dispute_lost"], "Win on appeal")],
    ids=["paid", "won", "lost"],
)
def test_the_page_says_what_a_button_does(paypal: PayPalClient, capture: Any, steps: list[str], label: str) -> None:
    act(paypal, capture, *steps)
    assert label in page(paypal, capture)
