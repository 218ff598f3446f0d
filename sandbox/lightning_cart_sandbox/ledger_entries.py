"""The ledger entries of payments and refunds, shared by the provider sandboxes.

Two things are the sandbox's own. Fees are an illustration, since real ones depend on the contract and the country. And the
merchant is paid out at once, while a real provider waits for days, so that a test purchase shows the money arriving.
"""

from dataclasses import dataclass
from typing import NamedTuple

from lightning_cart_sandbox.ledger import PAYOUT_ACCOUNT, Ledger


class Cause(NamedTuple):
    """A payment, refund or dispute that moves money.

    Attributes:
        reference: The provider's id of it.
        currency: Three letters.
        amount_minor: The whole amount in the ledger's minor units.
    """

    reference: str
    currency: str
    amount_minor: int


@dataclass(frozen=True)
class PercentFee:
    """A fee of a percentage and a fixed amount.

    Attributes:
        basis_points: The percentage in hundredths of a percent.
        fixed_minor: The fixed amount in minor units.
    """

    basis_points: int
    fixed_minor: int

    def __str__(self) -> str:
        return f"{self.basis_points / 100:g} % + {self.fixed_minor}"

    def on(self, amount_minor: int) -> int:
        """Return the fee on an amount in minor units, rounded half up, and never more than the amount."""
        return min(amount_minor, (amount_minor * self.basis_points + 5000) // 10_000 + self.fixed_minor)


@dataclass(frozen=True)
class ProviderEntries:
    """A provider's accounts in the ledger, and how it describes its entries.

    Attributes:
        balance: The account of the merchant's balance at the provider.
        fees: The account of the provider's fees.
        fee: The rate.
        payment: The description of a payment.
        processing: The description of a fee, without its rate.
        payout: The description of a payout.
    """

    balance: str
    fees: str
    fee: PercentFee
    payment: str = "Payment"
    processing: str = "Processing fee"
    payout: str = "Payout"

    def book_payment(self, ledger: Ledger, cause: Cause, buyer_account: str, fee_minor: int, tip_minor: int = 0) -> None:
        """Write a payment, its tip, its fee and its payout.

        Args:
            ledger: The ledger.
            cause: The payment; its amount includes the tip.
            buyer_account: The account that pays.
            fee_minor: The fee in minor units.
            tip_minor: The tip in minor units.
        """
        fee_text = f"{self.processing} ({self.fee}, the sandbox's own rate)"
        move(ledger, cause, self.payment, (buyer_account, self.balance), cause.amount_minor - tip_minor)
        if tip_minor:
            move(ledger, cause, "Tip", (buyer_account, self.balance), tip_minor)
        move(ledger, cause, fee_text, (self.balance, self.fees), fee_minor)
        move(ledger, cause, self.payout, (self.balance, PAYOUT_ACCOUNT), cause.amount_minor - fee_minor)

    def book_refund(self, ledger: Ledger, cause: Cause, buyer_account: str, description: str) -> None:
        """Write a refund, or a dispute that takes the money back. The fee is not refunded."""
        taken_back = f"{description}: taken back from the payout account"
        move(ledger, cause, taken_back, (PAYOUT_ACCOUNT, self.balance), cause.amount_minor)
        move(ledger, cause, description, (self.balance, buyer_account), cause.amount_minor)

    def book_won_dispute(self, ledger: Ledger, cause: Cause, buyer_account: str) -> None:
        """Write the money that the merchant gets after a dispute was won."""
        move(ledger, cause, "Dispute won", (buyer_account, self.balance), cause.amount_minor)
        move(ledger, cause, "Dispute won: payout", (self.balance, PAYOUT_ACCOUNT), cause.amount_minor)


def move(ledger: Ledger, cause: Cause, description: str, accounts: tuple[str, str], amount_minor: int) -> None:
    """Write one transaction that moves an amount from the first account to the second."""
    source, target = accounts
    ledger.write(description, {source: -amount_minor, target: amount_minor}, currency=cause.currency, reference=cause.reference)
