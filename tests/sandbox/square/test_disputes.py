"""A payment is disputed, decided, disputed again and won on appeal."""

from typing import Any

import pytest

from support.sandbox_clients import SquareClient, read_error, square_money

CARD = "Banco Sabadell ••1111"


@pytest.fixture
def square(stripe: Any) -> SquareClient:
    return SquareClient(stripe)


@pytest.fixture
def link(square: SquareClient) -> Any:
    """Return a link that is paid."""
    link = square.link()
    square.pay(link)
    return link


def act(square: SquareClient, link: Any, *actions: str) -> None:
    for action in actions:
        assert square.act(link, action).status_code == 303


def disputes(square: SquareClient) -> list[Any]:
    """Return all disputes, newest first."""
    return list(square.get("disputes").get("disputes", []))


def test_a_dispute_has_an_amount_and_a_reason_of_its_own(square: SquareClient, link: Any) -> None:
    square.act(link, "dispute", amount_minor="400", reason="DUPLICATE")
    (dispute,) = disputes(square)
    assert (dispute["amount_money"], dispute["reason"]) == (square_money(400), "DUPLICATE")


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"amount_minor": "1001"}, id="more than the payment"),
        pytest.param({"amount_minor": "0"}, id="nothing"),
        pytest.param({"amount_minor": "1.50"}, id="an amount with decimals"),
        pytest.param({"reason": "BOREDOM"}, id="an unknown reason"),
    ],
)
def test_a_dispute_is_refused_with(square: SquareClient, link: Any, fields: dict[str, str]) -> None:
    assert square.act(link, "dispute", **fields).status_code == 400
    assert disputes(square) == []


def test_an_open_dispute_excludes_another(square: SquareClient, link: Any) -> None:
    act(square, link, "dispute")
    assert square.act(link, "dispute").status_code == 400


def test_a_payment_is_disputed_again_after_a_won_dispute(square: SquareClient, link: Any) -> None:
    act(square, link, "dispute", "dispute_won")
    square.client.now += 86400
    square.act(link, "dispute", reason="NOT_RECEIVED")
    second, first = disputes(square)
    assert (first["state"], second["state"]) == ("WON", "EVIDENCE_REQUIRED")
    assert (first["id"] != second["id"], first["due_at"] < second["due_at"]) == (True, True)
    assert (first["reason"], second["reason"]) == ("NO_KNOWLEDGE", "NOT_RECEIVED")
    assert square.client.balances()[CARD] == 0


def test_what_a_lost_dispute_left_can_be_disputed(square: SquareClient, link: Any) -> None:
    square.act(link, "dispute", amount_minor="400")
    act(square, link, "dispute_lost", "dispute")
    assert [one["amount_money"] for one in disputes(square)] == [square_money(600), square_money(400)]


def test_a_payment_that_is_lost_completely_cannot_be_disputed_again(square: SquareClient, link: Any) -> None:
    act(square, link, "dispute", "dispute_lost")
    assert square.act(link, "dispute").status_code == 400


def test_a_lost_dispute_is_won_on_appeal(square: SquareClient, link: Any) -> None:
    act(square, link, "dispute", "dispute_lost")
    square.listen()
    act(square, link, "dispute_won")
    (event,) = square.heard()
    dispute = event["data"]["object"]["dispute"]
    assert (event["type"], dispute["state"], dispute["version"]) == ("dispute.state.updated", "WON", 3)


def test_an_appeal_brings_the_money_back_once(square: SquareClient, link: Any) -> None:
    act(square, link, "dispute", "dispute_lost", "dispute_won")
    assert square.act(link, "dispute_won").status_code == 400
    assert (square.client.balances()[CARD], square.client.balances()["FECU payout account"]) == (-1000, 941)


def test_a_payment_is_refunded_after_an_appeal_only(square: SquareClient, link: Any) -> None:
    act(square, link, "dispute", "dispute_lost")
    payment = square.read_payment(link)
    refusal = read_error(square.refund(payment, 1))[1]
    act(square, link, "dispute_won")
    assert (refusal, square.refund(payment, 2).status_code) == ("PAYMENT_NOT_REFUNDABLE_DUE_TO_DISPUTE", 200)


def test_a_decision_is_about_the_open_dispute_before_a_lost_one(square: SquareClient, link: Any) -> None:
    square.act(link, "dispute", amount_minor="400")
    act(square, link, "dispute_lost", "dispute", "dispute_won")
    assert [one["state"] for one in disputes(square)] == ["WON", "LOST"]


def test_a_decision_is_about_the_dispute_that_it_names(square: SquareClient, link: Any) -> None:
    square.act(link, "dispute", amount_minor="400")
    act(square, link, "dispute_lost", "dispute")
    square.act(link, "dispute_won", dispute=disputes(square)[1]["id"])
    assert [one["state"] for one in disputes(square)] == ["EVIDENCE_REQUIRED", "WON"]


@pytest.mark.parametrize("action", ["dispute_won", "dispute_lost"])
def test_an_unknown_dispute_is_refused(square: SquareClient, link: Any, action: str) -> None:
    act(square, link, "dispute")
    assert square.act(link, action, dispute="dts_x").status_code == 400


@pytest.mark.parametrize(
    ("steps", "label"),
    [
        ([], "The buyer&#39;s bank disputes it"),
        (["dispute", "dispute_won"], "Dispute again"),
        (["dispute", "dispute_lost"], "Win on appeal"),
    ],
    ids=["paid", "won", "lost"],
)
def test_the_page_says_what_a_button_does(square: SquareClient, link: Any, steps: list[str], label: str) -> None:
    act(square, link, *steps)
    assert label in square.client.ask("GET", f"/square/links/{link['id']}").text
