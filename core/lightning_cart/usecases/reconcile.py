"""Reading what webhooks may have missed: each order that may differ is asked about, and settled by the same door.

One run does bounded work and remembers where it stopped, even where it was cut off. A provider that does not answer is left
alone for the rest of the run, and for longer each time after that.
"""

from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from functools import partial
from typing import NamedTuple

from lightning_cart.domain.money import Money
from lightning_cart.domain.order import UNPAID_STATUSES, EventKind, Order, PaymentEvent, Verdict, ids_agree
from lightning_cart.errors import InvalidSettings, ProviderRefused, ProviderUnavailable
from lightning_cart.storage.reconcile_queue import ReconcileQueue
from lightning_cart.storage.rows import row_to_event
from lightning_cart.usecases.cancel import expire_order
from lightning_cart.usecases.engine import Engine
from lightning_cart.usecases.refund import continue_refund

MIN_AGE_SECONDS = 300  # seconds after which an order is asked about: before, its buyer is just paying
REFUND_WINDOW_SECONDS = 180 * 24 * 3600  # seconds after its making in which refunds of a paid order are looked for
LATE_PAYMENT_SECONDS = 600  # seconds after the end of a checkout in which a payment may still be on its way
MAX_OPEN_SECONDS = 7 * 24 * 3600  # seconds after which a checkout is closed that has no end of its own
_FIRST_BACKOFF, _LONGEST_BACKOFF = 300, 3600  # seconds


class DiscrepancyKind(StrEnum):
    """How an order here differed from the provider's."""

    PAID_THERE = "paid_there"  # settled now
    NEVER_CAPTURED = "never_captured"  # the buyer had agreed; taken now, or a person has to look
    WRONG_AMOUNT = "wrong_amount"
    SECOND_PAYMENT = "second_payment"
    REFUNDED_THERE = "refunded_there"  # settled now
    REFUND_FAILED_THERE = "refund_failed_there"  # settled now
    REFUSED = "refused"  # the provider refuses to say more


class Discrepancy(NamedTuple):
    """One difference.

    Args:
        order_id: Whose.
        drift: Which.
        detail: A word on it.
    """

    order_id: str
    kind: DiscrepancyKind
    detail: str = ""


@dataclass(slots=True)
class ReconcileReport:
    """What one run did.

    Args:
        checked: Orders asked about.
        settled: Orders that changed by it, without those that ended.
        expired: Orders whose checkout was closed, or had ended.
        applied: Parked events whose order is there now.
        refunds: Unfinished refunds asked about.
        complete: Whether it came to the end of the orders; the next run begins anew then.
        limited: Providers that were left alone, because they did not answer.
        findings: Every difference.
    """

    checked: int = 0
    settled: int = 0
    expired: int = 0
    applied: int = 0
    refunds: int = 0
    complete: bool = False
    skipped_providers: list[str] = field(default_factory=list)
    discrepancies: list[Discrepancy] = field(default_factory=list)

    @property
    def log_fields(self) -> dict[str, object]:
        """All of it by name, for the log and for scripts."""
        fields = asdict(self)
        fields["limited"] = fields.pop("skipped_providers")
        del fields["discrepancies"]
        findings = [{"order_id": one.order_id, "drift": one.kind, "detail": one.detail} for one in self.discrepancies]
        return fields | {"findings": findings}


class _Reconciler:
    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.sweep = ReconcileQueue(engine.ports.database)
        self.report = ReconcileReport()
        self._answered: set[str] = set()  # providers that answered in this run: nothing keeps us from asking them again

    def _add(self, order: Order, drift: DiscrepancyKind, detail: str = "") -> None:
        self.report.discrepancies.append(Discrepancy(order.id, drift, detail))

    async def with_backoff(self, order: Order, step: Callable[[Order], Awaitable[object]]) -> None:
        """Do one step for an order, unless its provider is to be left alone."""
        if order.provider in self.report.skipped_providers:
            return
        try:
            if order.provider not in self._answered and await self.sweep.is_backing_off(order.provider, self.engine.now()):
                self.report.skipped_providers.append(order.provider)
                return
            await step(order)
        except ProviderUnavailable:
            self.report.skipped_providers.append(order.provider)
            await self.sweep.back_off(order.provider, self.engine.now(), _FIRST_BACKOFF, _LONGEST_BACKOFF)
        except (ProviderRefused, InvalidSettings) as error:
            self._add(order, DiscrepancyKind.REFUSED, str(error))
        else:
            if order.provider not in self._answered:
                await self.sweep.reset_backoff(order.provider)
                self._answered.add(order.provider)

    async def _record(self, order: Order, event: PaymentEvent, drift: DiscrepancyKind | None) -> None:
        settlement = await self.engine.store.record_event(event, self.engine.now())
        if event.kind is EventKind.NEEDS_REVIEW:
            self._add(order, DiscrepancyKind.REFUSED, event.type)
        elif settlement.verdict is Verdict.MISMATCH:
            same = ids_agree(order.payment_ref, event.payment_ref)
            self._add(order, DiscrepancyKind.WRONG_AMOUNT if same else DiscrepancyKind.SECOND_PAYMENT, event.id)
        elif drift is not None:
            self._add(order, drift)
        self._count(order, settlement.order or order)

    def _count(self, before: Order, after: Order) -> None:
        if (before.status, before.refunded_minor) == (after.status, after.refunded_minor):
            return
        if before.status in UNPAID_STATUSES and after.status in {"expired", "cancelled", "failed"}:
            self.report.expired += 1
        else:
            self.report.settled += 1

    async def check_unpaid(self, order: Order) -> None:
        """An order that waits for its money: read it, and close it once it is dead."""
        now = self.engine.now()
        end = (order.session.expires_at if order.session else None) or order.created_at + MAX_OPEN_SECONDS
        if order.session is not None:
            event = await self.engine.run(self.engine.strategy(order.strategy).read_checkout(order))
            if event.kind is not EventKind.IGNORED:
                paid = DiscrepancyKind.NEVER_CAPTURED if event.captured_now else DiscrepancyKind.PAID_THERE
                await self._record(order, event, paid if event.kind is EventKind.PAID else None)
                return
        if now > end + LATE_PAYMENT_SECONDS:
            self._count(order, await expire_order(self.engine, order))

    async def check_paid(self, order: Order) -> None:
        """A paid order: compare how much was given back, and else see whether its checkout was paid a second time."""
        strategy = self.engine.strategy(order.strategy)
        total = await self.engine.run(strategy.read_refunded(order))
        if total is not None and total.minor != order.refunded_minor:
            await self._settle_refunded(order, total)
            return
        event = await self.engine.run(strategy.read_checkout(order))
        if event.kind is EventKind.PAID and not ids_agree(order.payment_ref, event.payment_ref):
            await self._record(order, event, None)

    async def _settle_refunded(self, order: Order, total: Money) -> None:
        more = total.minor > order.refunded_minor
        kind = EventKind.REFUNDED if more else EventKind.REFUND_FAILED
        event_id = f"read:{order.id}:{kind}:{total.minor}:{self.engine.now()}"
        event = PaymentEvent(order.provider, event_id, "refunds", kind, order.id, total, order.payment_ref)
        await self._record(order, event, DiscrepancyKind.REFUNDED_THERE if more else DiscrepancyKind.REFUND_FAILED_THERE)

    async def finish_refunds(self, limit: int) -> None:
        """Refunds of ours that are not at their end: ask again, under their own ids."""
        now = self.engine.now()
        for order, refund in await self.sweep.claim_unfinished(now - MIN_AGE_SECONDS, limit, now):
            self.report.refunds += 1
            await self.with_backoff(order, partial(continue_refund, self.engine, refund=refund))

    async def apply_parked(self, limit: int) -> None:
        """Events whose order was not readable, and is now."""
        for row in await self.sweep.parked(limit):
            await self.engine.store.record_event(row_to_event(row), self.engine.now())
            self.report.applied += 1

    async def read_orders(self, limit: int) -> None:
        """The next orders after where the last run stopped."""
        now = self.engine.now()
        orders = await self.sweep.next_orders(now - MIN_AGE_SECONDS, now - REFUND_WINDOW_SECONDS, limit)
        for order in orders:
            # Before it is asked about: should the run end here, the next one gets to the orders behind it.
            await self.sweep.save_cursor(order.id)
            self.report.checked += 1
            await self.with_backoff(order, self.check_unpaid if order.status in UNPAID_STATUSES else self.check_paid)
        self.report.complete = len(orders) < limit
        if self.report.complete:
            await self.sweep.save_cursor("")


async def reconcile(engine: Engine, limit: int) -> ReconcileReport:
    """Read what may have been missed, and settle it.

    Args:
        engine: What to work with.
        limit: The most orders, the most refunds and the most parked events of this run.

    Returns:
        What was done, and every difference that was found.

    Raises:
        StorageUnavailable: The database did not answer; what was settled stands.
    """
    run = _Reconciler(engine)
    await run.apply_parked(limit)
    await run.finish_refunds(limit)
    await run.read_orders(limit)
    return run.report
