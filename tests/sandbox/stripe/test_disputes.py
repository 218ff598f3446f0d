"""A charge is disputed, decided, disputed again and won on appeal."""

from typing import Any

import pytest

SABADELL, FECU = "Banco Sabadell ••4242", "FECU payout account"


@pytest.fixture
def session(stripe: Any) -> Any:
    """Return a session that is paid."""
    session = stripe.session()
    stripe.pay(session)
    return session


def act(stripe: Any, session: Any, *actions: str) -> None:
    for action in actions:
        assert stripe.act(session, action).status_code == 303


def buttons(stripe: Any, session: Any) -> set[str]:
    text = stripe.ask("GET", f"/stripe/sessions/{session['id']}").text
    return {name for name in ("dispute", "dispute_won", "dispute_lost") if f'value="{name}"' in text}


def test_a_button_opens_a_dispute_over_the_whole_charge(stripe: Any, session: Any) -> None:
    act(stripe, session, "dispute")
    (dispute,) = stripe.get("disputes")["data"]
    assert (dispute["amount"], dispute["status"], dispute["reason"]) == (1000, "needs_response", "fraudulent")
    assert stripe.event_types()[-2:] == ["charge.dispute.created", "charge.dispute.funds_withdrawn"]
    assert stripe.balances()[SABADELL] == 0


def test_a_dispute_has_an_amount_and_a_reason_of_its_own(stripe: Any, session: Any) -> None:
    stripe.act(session, "dispute", amount_minor="400", reason="duplicate")
    (dispute,) = stripe.get("disputes")["data"]
    assert (dispute["amount"], dispute["reason"]) == (400, "duplicate")


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"amount_minor": "1001"}, id="more than the charge"),
        pytest.param({"amount_minor": "0"}, id="nothing"),
        pytest.param({"amount_minor": "1.50"}, id="an amount with decimals"),
        pytest.param({"reason": "boredom"}, id="an unknown reason"),
    ],
)
def test_a_dispute_is_refused_with(stripe: Any, session: Any, fields: dict[str, str]) -> None:
    assert stripe.act(session, "dispute", **fields).status_code == 400
    assert stripe.get("disputes")["data"] == []


def test_an_open_dispute_excludes_another(stripe: Any, session: Any) -> None:
    act(stripe, session, "dispute")
    assert stripe.act(session, "dispute").status_code == 400


def test_a_charge_is_disputed_again_after_a_won_dispute(stripe: Any, session: Any) -> None:
    act(stripe, session, "dispute", "dispute_won")
    stripe.now += 86400
    stripe.act(session, "dispute", reason="product_not_received")
    second, first = stripe.get("disputes")["data"]
    assert (first["status"], second["status"]) == ("won", "needs_response")
    assert (second["id"] != first["id"], second["reason"]) == (True, "product_not_received")
    assert second["evidence_details"]["due_by"] == first["evidence_details"]["due_by"] + 86400
    assert stripe.balances()[SABADELL] == 0


def test_what_a_lost_dispute_left_can_be_disputed(stripe: Any, session: Any) -> None:
    stripe.act(session, "dispute", amount_minor="400")
    act(stripe, session, "dispute_lost", "dispute")
    assert [one["amount"] for one in stripe.get("disputes")["data"]] == [600, 400]


def test_a_charge_that_is_lost_completely_cannot_be_disputed_again(stripe: Any, session: Any) -> None:
    act(stripe, session, "dispute", "dispute_lost")
    assert stripe.act(session, "dispute").status_code == 400


def test_a_refunded_charge_cannot_be_disputed(stripe: Any, session: Any) -> None:
    act(stripe, session, "refund")
    assert stripe.act(session, "dispute").status_code == 400


def test_a_lost_dispute_is_won_on_appeal(stripe: Any, session: Any) -> None:
    act(stripe, session, "dispute", "dispute_lost", "dispute_won")
    events = stripe.get("events", limit=3)["data"][::-1]
    assert [(event["type"], event["data"]["object"]["status"]) for event in events] == [
        ("charge.dispute.updated", "under_review"),
        ("charge.dispute.funds_reinstated", "won"),
        ("charge.dispute.closed", "won"),
    ]
    assert events[0]["data"]["previous_attributes"] == {"status": "lost"}


def test_an_appeal_brings_the_money_back_once(stripe: Any, session: Any) -> None:
    act(stripe, session, "dispute", "dispute_lost", "dispute_won")
    assert stripe.act(session, "dispute_won").status_code == 400
    assert (stripe.balances()[SABADELL], stripe.balances()[FECU]) == (-1000, 941)
    assert stripe.ask("GET", "/api/ledger").json()["balanced"]


def test_a_decision_is_about_the_open_dispute_before_a_lost_one(stripe: Any, session: Any) -> None:
    stripe.act(session, "dispute", amount_minor="400")
    act(stripe, session, "dispute_lost", "dispute", "dispute_won")
    assert [one["status"] for one in stripe.get("disputes")["data"]] == ["won", "lost"]


def test_a_decision_is_about_the_dispute_that_it_names(stripe: Any, session: Any) -> None:
    stripe.act(session, "dispute", amount_minor="400")
    act(stripe, session, "dispute_lost", "dispute")
    first = stripe.get("disputes")["data"][1]["id"]
    stripe.act(session, "dispute_won", dispute=first)
    assert [one["status"] for one in stripe.get("disputes")["data"]] == ["needs_response", "won"]


@pytest.mark.parametrize("action", ["dispute_won", "dispute_lost"])
def test_an_unknown_dispute_is_refused(stripe: Any, session: Any, action: str) -> None:
    act(stripe, session, "dispute")
    assert stripe.act(session, action, dispute="dp_x").status_code == 400


@pytest.mark.parametrize(
    ("steps", "wanted"),
    [
        pytest.param([], {"dispute"}, id="paid"),
        pytest.param(["dispute"], {"dispute_won", "dispute_lost"}, id="disputed"),
        pytest.param(["dispute", "dispute_won"], {"dispute"}, id="won"),
        pytest.param(["dispute", "dispute_lost"], {"dispute_won"}, id="lost"),
        pytest.param(["dispute", "dispute_lost", "dispute_won"], {"dispute"}, id="won on appeal"),
        pytest.param(["refund"], set(), id="refunded"),
    ],
)
def test_the_page_offers_what_can_happen_to_disputes(stripe: Any, session: Any, steps: list[str], wanted: set[str]) -> None:
    act(stripe, session, *steps)
    assert buttons(stripe, session) == wanted


@pytest.mark.parametrize(
    ("steps", "label"),
    [
        ([], "The buyer&#39;s bank disputes it"),
        (["dispute", "dispute_won"], "Dispute again"),
        (["dispute", "dispute_lost"], "Win on appeal"),
    ],
    ids=["paid", "won", "lost"],
)
def test_the_page_says_what_a_button_does(stripe: Any, session: Any, steps: list[str], label: str) -> None:
    act(stripe, session, *steps)
    assert label in stripe.ask("GET", f"/stripe/sessions/{session['id']}").text


def test_the_page_lists_every_dispute(stripe: Any, session: Any) -> None:
    act(stripe, session, "dispute", "dispute_won", "dispute")
    text = stripe.ask("GET", f"/stripe/sessions/{session['id']}").text
    assert all(one["id"] in text for one in stripe.get("disputes")["data"])
