"""Orders, webhooks, refunds, the merchant and time in any sequence that Hypothesis generates."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from lightning_cart.domain.order import PAID_STATUSES, Order
from lightning_cart.domain.payment import PaymentState, PaymentSums, status_from_sums
from lightning_cart.domain.refund import NOT_FAILED
from lightning_cart.providers.strategy import PaymentStrategy
from lightning_cart.storage.orders import OrderHistory
from lightning_cart.storage.rows import row_to_payment
from lightning_cart.usecases.reconcile import reconcile
from lightning_cart.usecases.tidy import tidy
from lightning_cart_sandbox.ledger import PAYOUT_ACCOUNT
from proofs.scenarios import Checkout
from support.harness import PENDING_OUTCOMES, Harness, WebhookRequest, open_harness
from support.postgres_tables import PostgresTables

MINUTE, HOUR, DAY = 60, 3600, 86_400
_QUANTITIES = (1, 2, 4)  # no two sums of these totals are equal
_MAX_RUNS = 40


def kept_of(history: OrderHistory) -> int:
    """Return what is stored as paid and not refunded, tips included."""
    payments = [row_to_payment(row) for row in history.payments]
    return sum(
        payment.amount_minor + payment.tip_minor - payment.refunded_minor
        for payment in payments
        if payment.state is PaymentState.PAID
    )


class AnySequence(RuleBasedStateMachine):
    """Up to three orders of one strategy. Webhooks are held, and a rule delivers any of them at any time.

    Args:
        strategy: The payment strategy of the orders.
        tables: PostgreSQL, or None for a database in memory.
    """

    def __init__(self, strategy: type[PaymentStrategy], tables: PostgresTables | None = None) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        if tables:
            tables.forget()
        self.harness_context = open_harness(strategy, tables)
        self.harness: Harness = self.run(self.harness_context.__aenter__())
        self.harness.hold_webhooks = True
        self.checkouts: list[Checkout] = []
        self.webhooks: list[WebhookRequest] = []
        self.paid_orders: set[str] = set()

    def run[T](self, coroutine: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(coroutine)

    def any_of(self, data: st.DataObject) -> Checkout:
        return data.draw(st.sampled_from(self.checkouts))

    def collect(self) -> None:
        """Hold the webhooks that the provider sends now. It counts them as refused, and repeats them later."""
        self.harness.webhooks.clear()
        self.run(self.harness.deliver())
        self.webhooks += self.harness.webhooks

    def history(self, checkout: Checkout) -> OrderHistory:
        found = self.run(self.harness.app.engine.orders.history(checkout["order_id"]))
        assert found is not None
        return found

    def gone(self) -> int:
        """Return the buyers' payments without refunds, from the provider's ledger."""
        return sum(self.movements())

    def paid(self) -> int:
        """Return the buyers' payments, refunded or not."""
        return sum(minor for minor in self.movements() if minor > 0)

    def movements(self) -> list[int]:
        """Return the buyers' payments one by one; refunds are negative."""
        entries = [entry for one in self.harness.sandbox.ledger.transactions() for entry in one["entries"]]
        return [-entry["amount_minor"] for entry in entries if self.is_a_buyers(entry["account"])]

    def is_a_buyers(self, account: str) -> bool:
        own = account.partition(" ")[0].lower() == self.harness.provider.name
        return "••" in account or (
            account != PAYOUT_ACCOUNT and not own
        )  # a gift card has a number, the provider's own have none

    # ---- the buyer

    @initialize()
    def somebody_checks_out(self) -> None:
        self.check_out()

    @precondition(lambda self: len(self.checkouts) < len(_QUANTITIES))
    @rule()
    def check_out(self) -> None:
        number = len(self.checkouts)
        self.harness.faults.clear()
        first, again = (self.run(self.harness.open(("ten", _QUANTITIES[number]), key=f"k{number}")) for _ in range(2))
        assert first == again
        self.checkouts.append(first)

    @rule(data=st.data(), choice=st.sampled_from(["pay", "pay", "pay", "decline", "pending", "cancel", "tip", "split"]))
    def visit(self, data: st.DataObject, choice: str) -> None:
        offered = choice if choice in self.harness.provider.buyer_forms else "pay"
        self.run(self.harness.visit(self.any_of(data), offered))

    @rule(data=st.data())
    def come_back(self, data: st.DataObject) -> None:
        assert self.run(self.harness.come_back(self.any_of(data))).status == 303

    # ---- the provider

    @rule(data=st.data(), outcome=st.sampled_from([0, 1]))
    def late_payment_ends(self, data: st.DataObject, outcome: int) -> None:
        buttons = PENDING_OUTCOMES.get(self.harness.provider.name)
        if buttons:
            self.run(self.harness.at_provider(self.any_of(data), buttons[outcome]))

    @rule()
    def webhooks_are_sent(self) -> None:
        self.collect()

    @precondition(lambda self: self.webhooks)
    @rule(data=st.data())
    def a_webhook_comes(self, data: st.DataObject) -> None:
        webhook = data.draw(st.sampled_from(self.webhooks))
        assert self.run(self.harness.post(webhook)).status in {200, 400, 503}  # 400: it was signed too long ago

    @rule(fault=st.sampled_from(["silence", "lost answer"]), calls=st.integers(1, 4))
    def the_provider_falters(self, fault: str, calls: int) -> None:
        self.harness.faults = [fault] * calls

    # ---- the merchant

    @rule(data=st.data(), amount=st.sampled_from([None, 300, 700, 1000, 4001]), key=st.sampled_from("ab"))
    def refund(self, data: st.DataObject, amount: int | None, key: str) -> None:
        body = {} if amount is None else {"amount_minor": amount}
        assert self.run(self.harness.refund(self.any_of(data), key, **body)).status in {201, 409, 502, 503, 504}

    @rule(data=st.data(), dollars=st.sampled_from([1, 3, 10, 20]))
    def refund_in_the_dashboard(self, data: st.DataObject, dollars: int) -> None:
        amounts = {"amount": f"{dollars}.00", "amount_minor": f"{dollars}00"}  # each provider's page reads one of them
        self.run(self.harness.at_provider(self.any_of(data), "refund", **amounts))

    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        assert self.run(self.harness.cancel(self.any_of(data))).status in {200, 409, 502, 503, 504}

    @rule(limit=st.integers(1, 3))
    def reconcile(self, limit: int) -> None:
        self.run(reconcile(self.harness.app.engine, limit))

    @rule(budget=st.integers(1, 45))
    def a_run_ends_in_the_middle(self, budget: int) -> None:
        self.run(reconcile(self.harness.app.engine, 3, budget))

    @rule()
    def tidy(self) -> None:
        self.run(tidy(self.harness.app.engine, 10))

    @rule(seconds=st.sampled_from([MINUTE, 10 * MINUTE, 2 * HOUR, 25 * HOUR, 8 * DAY]))
    def time_passes(self, seconds: int) -> None:
        self.harness.wait(seconds)

    @rule()
    def the_engine_is_started_again(self) -> None:
        self.harness.restart()

    # ---- invariants

    @invariant()
    def no_order_claims_what_is_not_so(self) -> None:
        claimed = 0
        for checkout in self.checkouts:
            history = self.history(checkout)
            order = history.order
            self.check(order, [str(effect["effect"]) for effect in history.effects])
            live = sum(refund.amount.minor for refund in history.refunds if refund.status in NOT_FAILED)
            assert live <= order.paid_minor + order.tip_minor
            claimed += order.paid_minor + order.tip_minor
        assert self.gone() >= 0
        assert claimed <= self.paid()

    def check(self, order: Order, effects: list[str]) -> None:
        is_settled = order.status in PAID_STATUSES
        assert is_settled or order.id not in self.paid_orders, "it went back from paid"
        self.paid_orders |= {order.id} if is_settled else set()
        assert is_settled == (order.paid_minor == order.total.minor)
        assert is_settled or order.paid_minor < order.total.minor
        sums = PaymentSums(order.paid_minor, order.tip_minor, order.refunded_minor)
        assert not is_settled or order.status is status_from_sums(order.status, order.total.minor, sums)
        assert effects.count("order.paid") == is_settled
        assert order.refunded_minor <= order.paid_minor or not is_settled
        assert not order.needs_review

    # ---- the end

    def teardown(self) -> None:
        try:
            self.come_to_rest()
            histories = [self.history(checkout) for checkout in self.checkouts]
            assert sum(map(kept_of, histories)) == self.gone()
            assert sum(history.order.paid_minor + history.order.tip_minor for history in histories) == self.paid()
        finally:
            self.run(self.harness_context.__aexit__(None, None, None))
            self.runner.close()

    def come_to_rest(self) -> None:
        """Let the provider respond and send its webhooks, then run the reconciler."""
        self.harness.faults.clear()
        self.harness.hold_webhooks = False
        self.run(self.harness.deliver())
        quiet = 0
        for _ in range(_MAX_RUNS):
            self.harness.wait(HOUR)
            report = self.run(reconcile(self.harness.app.engine, 50))
            self.run(tidy(self.harness.app.engine, 50))
            done_nothing = report.complete and not (
                report.skipped_providers or report.settled or report.expired or report.refunds
            )
            quiet = quiet + 1 if done_nothing else 0
            if quiet == 2:  # the first may have continued an earlier run
                return
        raise AssertionError("the reconciler does not come to an end")
