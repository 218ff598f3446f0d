"""What is read of the providers' side: payments with their tips, refunds and disputes, and what other programs sold."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from lightning_cart.domain.order import Dispute
from lightning_cart.domain.payment import Payment
from lightning_cart_host.chaos.ledger import Ledger, LedgerDispute, LedgerPayment, read_ledger
from lightning_cart_sandbox import create_sandbox
from lightning_cart_sandbox.app import Sandbox

BUYER, SHOP = "Visa ••4242", "Shop"


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    made: Sandbox = create_sandbox("http://sandbox.test", state=str(tmp_path / "sandbox.db")).state.sandbox
    with closing(made.store):
        yield made


@pytest.fixture
def read(tmp_path: Path) -> Callable[[], Ledger]:
    return lambda: read_ledger(tmp_path / "sandbox.db")


def move(sandbox: Sandbox, reference: str, minor: int, description: str = "Payment") -> None:
    """Move an amount from the buyer to the shop, or back if it is negative."""
    sandbox.ledger.write(description, {BUYER: -minor, SHOP: minor}, currency="USD", reference=reference)


def capture(sandbox: Sandbox, **fields: Any) -> None:
    sandbox.store.put("paypal.capture", {"id": "cap_1", "_order": "pp_1", "custom_id": "shop:ord_1", **fields})
    move(sandbox, "cap_1", 1000)


def lose_dispute(sandbox: Sandbox) -> None:
    lost = {"outcome_code": "RESOLVED_BUYER_FAVOUR"}
    sandbox.store.put("paypal.dispute", {"id": "pp_d", "_capture": "cap_1", "status": "RESOLVED", "dispute_outcome": lost})
    move(sandbox, "pp_d", -1000)


def test_a_tip_is_apart_from_the_payment(sandbox: Sandbox, read: Callable[[], Ledger]) -> None:
    sandbox.store.put("square.order", {"id": "order1", "reference_id": "ord_1"})
    sandbox.store.put("square.payment", {"id": "pay1", "order_id": "order1"})
    move(sandbox, "pay1", 1000)
    move(sandbox, "pay1", 200, "Tip")
    assert read().payments == {("square", "pay1"): LedgerPayment("ord_1", Payment("pay1", 1000, 200))}


def test_a_refund_belongs_to_its_payment(sandbox: Sandbox, read: Callable[[], Ledger]) -> None:
    capture(sandbox)
    sandbox.store.put("paypal.refund", {"id": "ref_1", "_capture": "cap_1"})
    move(sandbox, "ref_1", -300)
    assert read().payments == {("paypal", "cap_1"): LedgerPayment("ord_1", Payment("cap_1", 1000, 0, 300))}


def test_a_dispute_that_is_lost_at_paypal_is_refunded(sandbox: Sandbox, read: Callable[[], Ledger]) -> None:
    capture(sandbox)
    lose_dispute(sandbox)
    found = read()
    assert found.payments["paypal", "cap_1"].payment.refunded_minor == 1000
    assert found.disputes == {("paypal", "pp_d"): LedgerDispute("ord_1", "cap_1", Dispute.LOST)}


def test_a_dispute_that_is_won_on_appeal_is_not_refunded_any_more(sandbox: Sandbox, read: Callable[[], Ledger]) -> None:
    capture(sandbox)
    lose_dispute(sandbox)
    move(sandbox, "pp_d", 1000)
    assert read().payments["paypal", "cap_1"].payment.refunded_minor == 0


def test_a_dispute_that_is_lost_at_stripe_refunds_nothing(sandbox: Sandbox, read: Callable[[], Ledger]) -> None:
    sandbox.store.put("payment_intent", {"id": "pi_1", "metadata": {"order_id": "ord_1"}})
    sandbox.store.put("charge", {"id": "ch_1", "payment_intent": "pi_1"})
    sandbox.store.put("dispute", {"id": "dp_1", "charge": "ch_1", "payment_intent": "pi_1", "status": "lost"})
    move(sandbox, "ch_1", 1000)
    move(sandbox, "dp_1", -1000)
    assert read().payments == {("stripe", "pi_1"): LedgerPayment("ord_1", Payment("pi_1", 1000))}


def test_a_payment_without_money_is_none(sandbox: Sandbox, read: Callable[[], Ledger]) -> None:
    sandbox.store.put("paypal.capture", {"id": "cap_1", "_order": "pp_1", "custom_id": "shop:ord_1"})
    assert read().payments == {}


@pytest.mark.parametrize("provider", ["stripe", "paypal", "square"])
@pytest.mark.parametrize("reference", ["", "ord_1"], ids=["plain", "naming an order"])
def test_a_sale_of_another_program_is_no_payment(
    sandbox: Sandbox, read: Callable[[], Ledger], provider: str, reference: str
) -> None:
    payment_id = sandbox.providers[provider].foreign_sale(reference)
    found = read()
    assert found.payments == {}
    assert (provider, payment_id) in found.foreign.ids


@pytest.mark.parametrize("provider", ["stripe", "paypal", "square"])
def test_webhooks_about_it_that_were_accepted_are_counted(sandbox: Sandbox, read: Callable[[], Ledger], provider: str) -> None:
    sandbox.providers[provider].connect("http://127.0.0.1/webhook")
    sandbox.providers[provider].foreign_sale("ord_1")
    for delivery in sandbox.deliveries.latest():
        sandbox.store.rows("INSERT INTO delivery_attempts VALUES (?, 0, 200, 1, '', NULL)", (delivery["id"],))
    found = read().foreign
    assert 1 <= found.least[provider] <= found.most[provider] == len(sandbox.deliveries.latest())
