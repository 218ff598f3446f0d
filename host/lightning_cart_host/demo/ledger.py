"""Reads the sandbox's ledger: how purchases moved the money, and whether that adds up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lightning_cart.domain.money import Money

type Ledger = Mapping[str, Any]

BUYERS_BANK, PAYOUT_ACCOUNT, FEES = "Banco Sabadell", "FECU", "fees"


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One account: its name, what was done to it, and where it stands. Amounts are ready for display."""

    account: str
    change: str
    balance: str


@dataclass(frozen=True, slots=True)
class LedgerChange:
    """What one purchase did to the ledger, or several did.

    Args:
        currency: Of all amounts.
        paid_minor: What left the buyer's bank, in minor units.
        fee_minor: What the providers kept.
        credited_minor: What reached the payout account.
        balanced: Whether every entry of the ledger is met by another.
        rows: All of it, for display.
    """

    currency: str
    paid_minor: int
    fee_minor: int
    credited_minor: int
    balanced: bool
    rows: Sequence[LedgerRow]

    def complaint(self, total: Money) -> str:
        """What does not add up for an order of this total, or an empty text."""
        if not self.balanced:
            return "the ledger does not balance"
        if self.paid_minor != total.minor:
            return f"{self.paid_minor} minor units left the buyer's bank instead of {total.minor}"
        if not 0 < self.fee_minor < total.minor:
            return f"the fee of {self.fee_minor} minor units cannot be"
        if self.credited_minor != total.minor - self.fee_minor:
            return f"{self.credited_minor} minor units reached the merchant instead of {total.minor - self.fee_minor}"
        return ""

    def summary(self) -> str:
        """How the money went, in words."""
        paid, fee, credited = (Money(minor, self.currency) for minor in (self.paid_minor, self.fee_minor, self.credited_minor))
        return (
            f"{paid.display} left {BUYERS_BANK}: {fee.display} went to fees and {credited.display} reached the "
            f"{PAYOUT_ACCOUNT} payout account"
        )


def _balances(ledger: Ledger, currency: str) -> dict[str, int]:
    return {one["name"]: one["balance_minor"] for one in ledger["accounts"] if one["currency"] == currency}


def compare_ledgers(before: Ledger, after: Ledger, currency: str) -> LedgerChange:
    """What happened between two readings of `/api/ledger`.

    Args:
        before: The earlier reading.
        after: The later one.
        currency: Of the purchases.
    """
    old, new = _balances(before, currency), _balances(after, currency)
    changes = {account: balance - old.get(account, 0) for account, balance in new.items()}

    def change_of(part: str) -> int:
        return sum(change for account, change in changes.items() if part in account)

    rows = [
        LedgerRow(
            account, f"{'+' if change > 0 else ''}{Money(change, currency).display}", Money(new[account], currency).display
        )
        for account, change in changes.items()
    ]
    paid, fee, credited = -change_of(BUYERS_BANK), change_of(FEES), change_of(PAYOUT_ACCOUNT)
    return LedgerChange(currency, paid, fee, credited, bool(after["balanced"]), rows)
