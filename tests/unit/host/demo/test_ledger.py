"""The demo's check of the sandbox's ledger."""

import pytest

from lightning_cart.domain.money import Money
from lightning_cart_host.demo.ledger import Ledger, compare_ledgers

TEN = Money(1000, "USD")


def ledger(bank: int, fees: int, payout: int, *, balanced: bool = True) -> Ledger:
    accounts = {"Banco Sabadell ••4242": bank, "Stripe fees": fees, "FECU payout account": payout}
    listed = [{"name": name, "currency": "USD", "balance_minor": minor} for name, minor in accounts.items()]
    return {"accounts": [*listed, {"name": "Other", "currency": "EUR", "balance_minor": 5}], "balanced": balanced}


NOTHING: Ledger = {"accounts": [], "balanced": True}


@pytest.mark.parametrize(
    ("after", "error"),
    [
        (ledger(-1000, 59, 941), ""),
        (ledger(-1000, 59, 941, balanced=False), "the ledger does not balance"),
        (ledger(-900, 59, 841), "900 minor units left the buyer's bank instead of 1000"),
        (ledger(-1000, 0, 1000), "the fee of 0 minor units is not between 0 and the total"),
        (ledger(-1000, 59, 940), "940 minor units reached the merchant instead of 941"),
    ],
    ids=["it adds up", "it does not balance", "too little was paid", "there is no fee", "a cent is lost"],
)
def test_a_ledger_is_checked_against_the_order(after: Ledger, error: str) -> None:
    assert compare_ledgers(NOTHING, after, "USD").find_error(TEN) == error


def test_only_what_changed_counts() -> None:
    change = compare_ledgers(ledger(-5000, 300, 4700), ledger(-6000, 359, 5641), "USD")
    assert (change.find_error(TEN), change.rows[-1].change, change.rows[-1].balance) == ("", "+$9.41", "$56.41")


def test_a_ledger_is_told_in_words() -> None:
    change = compare_ledgers(NOTHING, ledger(-1000, 59, 941), "USD")
    assert change.summary() == "$10.00 left Banco Sabadell: $0.59 went to fees and $9.41 reached the FECU payout account"
