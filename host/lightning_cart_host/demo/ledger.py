"""Compares two readings of the sandbox's ledger and checks the amounts that moved."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lightning_cart.domain.money import Money

type Ledger = Mapping[str, Any]

BUYERS_BANK, PAYOUT_ACCOUNT, FEES = "Banco Sabadell", "FECU", "fees"


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One account: its name, the change and the balance, formatted for display."""

    account: str
    change: str
    balance: str


@dataclass(frozen=True, slots=True)
class LedgerChange:
    """The change that one or several purchases made to the ledger.

    Args:
        currency: The currency of all amounts.
        paid_minor: The amount that left the buyer's bank, in minor units.
        fee_minor: The fees that the providers kept, in minor units.
        credited_minor: The amount that reached the payout account, in minor units.
        balanced: Whether all entries of the ledger sum to zero.
        rows: The change per account, for display.
    """

    currency: str
    paid_minor: int
    fee_minor: int
    credited_minor: int
    balanced: bool
    rows: Sequence[LedgerRow]

    def find_error(self, total: Money) -> str:
        """Return what does not match an order of this total, or an empty string."""
        if not self.balanced:
            return "the ledger does not balance"
        if self.paid_minor != total.minor:
            return f"{self.paid_minor} minor units left the buyer's bank instead of {total.minor}"
        if not 0 < self.fee_minor < total.minor:
            return f"the fee of {self.fee_minor} minor units is not between 0 and the total"
        if self.credited_minor != total.minor - self.fee_minor:
            return f"{self.credited_minor} minor units reached the merchant instead of {total.minor - self.fee_minor}"
        return ""

    def summary(self) -> str:
        """Return one sentence that says where the money went."""
        paid, fee, credited = (Money(minor, self.currency) for minor in (self.paid_minor, self.fee_minor, self.credited_minor))
        return (
            f"{paid.display} left {BUYERS_BANK}: {fee.display} went to fees and {credited.display} reached the "
            f"{PAYOUT_ACCOUNT} payout account"
        )


def _balances(ledger: Ledger, currency: str) -> dict[str, int]:
    return {one["name"]: one["balance_minor"] for one in ledger["accounts"] if one["currency"] == currency}


def compare_ledgers(before: Ledger, after: Ledger, currency: str) -> LedgerChange:
    """Return the change between two readings of `GET /api/ledger`.

    Args:
        before: The earlier reading.
        after: The later reading.
        currency: The currency of the purchases.
    """
    old, new = _balances(before, currency), _balances(after, currency)
    changes = {account: balance - old.get(account, 0) for account, balance in new.items()}

    def change_at(part: str) -> int:
        return sum(change for account, change in changes.items() if part in account)

    rows = [
        LedgerRow(
            account, f"{'+' if change > 0 else ''}{Money(change, currency).display}", Money(new[account], currency).display
        )
        for account, change in changes.items()
    ]
    paid, fee, credited = -change_at(BUYERS_BANK), change_at(FEES), change_at(PAYOUT_ACCOUNT)
    return LedgerChange(currency, paid, fee, credited, bool(after["balanced"]), rows)
