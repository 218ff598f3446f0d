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
from lightning_cart.domain.order import WAITING, EventKind, Order, Verdict, WebhookEvent, is_same
from lightning_cart.errors import MissingKeys, ProviderRefused, ProviderUnavailable
from lightning_cart.storage.reconcile_queue import Sweep
from lightning_cart.storage.rows import event_of
from lightning_cart.usecases.cancel import expire_order
from lightning_cart.usecases.engine import Engine
from lightning_cart.usecases.refund import continue_refund

AGE = 300  # seconds after which an order is asked about: before, its buyer is just paying
REFUNDABLE = 180 * 24 * 3600  # seconds after its making in which refunds of a paid order are looked for
GRACE = 600  # seconds after the end of a checkout in which a payment may still be on its way
ABANDONED = 7 * 24 * 3600  # seconds after which a checkout is closed that has no end of its own
_FIRST_BACKOFF, _LONGEST_BACKOFF = 300, 3600  # seconds


class Drift(StrEnum):
    """How an order here differed from the provider's."""

    PAID_THERE = "paid_there"  # settled now
    NEVER_CAPTURED = "never_captured"  # the buyer had agreed; taken now, or a person has to look
    WRONG_AMOUNT = "wrong_amount"
    SECOND_PAYMENT = "second_payment"
    REFUNDED_THERE = "refunded_there"  # settled now
    REFUND_FAILED_THERE = "refund_failed_there"  # settled now
    REFUSED = "refused"  # the provider refuses to say more


class Finding(NamedTuple):
    """One difference.

    Args:
        order_id: whose.
        drift: which.
        detail: a word on it.
    """

    order_id: str
    drift: Drift
    detail: str = ""


@dataclass(slots=True)
class Report:
    """What one run did.

    Args:
        checked: orders asked about.
        settled: orders that changed by it, without those that ended.
        expired: orders whose checkout was closed, or had ended.
        applied: parked events whose order is there now.
        refunds: unfinished refunds asked about.
        complete: whether it came to the end of the orders; the next run begins anew then.
        limited: providers that were left alone, because they did not answer.
        findings: every difference.
    """

    checked: int = 0
    settled: int = 0
    expired: int = 0
    applied: int = 0
    refunds: int = 0
    complete: bool = False
    limited: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def facts(self) -> dict[str, object]:
        """All of it by name, for the log and for scripts."""
        return {**asdict(self), "findings": [finding._asdict() for finding in self.findings]}


class _Run:
    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.sweep = Sweep(engine.ports.database)
        self.report = Report()
        self._answered: set[str] = set()  # providers that answered in this run: nothing keeps us from asking them again

    def _find(self, order: Order, drift: Drift, detail: str = "") -> None:
        self.report.findings.append(Finding(order.id, drift, detail))

    async def ask(self, order: Order, step: Callable[[Order], Awaitable[object]]) -> None:
        """Do one step for an order, unless its provider is to be left alone."""
        if order.provider in self.report.limited:
            return
        try:
            if order.provider not in self._answered and await self.sweep.waits(order.provider, self.engine.now()):
                self.report.limited.append(order.provider)
                return
            await step(order)
        except ProviderUnavailable:
            self.report.limited.append(order.provider)
            await self.sweep.back_off(order.provider, self.engine.now(), _FIRST_BACKOFF, _LONGEST_BACKOFF)
        except (ProviderRefused, MissingKeys) as error:
            self._find(order, Drift.REFUSED, str(error))
        else:
            if order.provider not in self._answered:
                await self.sweep.forgive(order.provider)
                self._answered.add(order.provider)

    async def _settle(self, order: Order, event: WebhookEvent, drift: Drift | None) -> None:
        settlement = await self.engine.store.settle(event, self.engine.now())
        if event.kind is EventKind.UNCLEAR:
            self._find(order, Drift.REFUSED, event.type)
        elif settlement.verdict is Verdict.MISMATCH:
            same = is_same(order.payment_ref, event.payment_ref)
            self._find(order, Drift.WRONG_AMOUNT if same else Drift.SECOND_PAYMENT, event.id)
        elif drift is not None:
            self._find(order, drift)
        self._count(order, settlement.order or order)

    def _count(self, before: Order, after: Order) -> None:
        if (before.status, before.refunded_minor) == (after.status, after.refunded_minor):
            return
        if before.status in WAITING and after.status in {"expired", "cancelled", "failed"}:
            self.report.expired += 1
        else:
            self.report.settled += 1

    async def read_waiting(self, order: Order) -> None:
        """An order that waits for its money: read it, and close it once it is dead."""
        now = self.engine.now()
        end = (order.session.expires_at if order.session else None) or order.created_at + ABANDONED
        if order.session is not None:
            event = await self.engine.run(self.engine.strategy(order.strategy).read_checkout(order))
            if event.kind is not EventKind.IGNORED:
                paid = Drift.NEVER_CAPTURED if event.captured else Drift.PAID_THERE
                await self._settle(order, event, paid if event.kind is EventKind.PAID else None)
                return
        if now > end + GRACE:
            self._count(order, await expire_order(self.engine, order))

    async def read_paid(self, order: Order) -> None:
        """A paid order: compare how much was given back, and else see whether its checkout was paid a second time."""
        strategy = self.engine.strategy(order.strategy)
        total = await self.engine.run(strategy.read_refunded(order))
        if total is not None and total.minor != order.refunded_minor:
            await self._settle_refunded(order, total)
            return
        event = await self.engine.run(strategy.read_checkout(order))
        if event.kind is EventKind.PAID and not is_same(order.payment_ref, event.payment_ref):
            await self._settle(order, event, None)

    async def _settle_refunded(self, order: Order, total: Money) -> None:
        more = total.minor > order.refunded_minor
        kind = EventKind.REFUNDED if more else EventKind.REFUND_FAILED
        event_id = f"read:{order.id}:{kind}:{total.minor}:{self.engine.now()}"
        event = WebhookEvent(order.provider, event_id, "refunds", kind, order.id, total, order.payment_ref)
        await self._settle(order, event, Drift.REFUNDED_THERE if more else Drift.REFUND_FAILED_THERE)

    async def finish_refunds(self, limit: int) -> None:
        """Refunds of ours that are not at their end: ask again, under their own ids."""
        now = self.engine.now()
        for order, refund in await self.sweep.take_unfinished(now - AGE, limit, now):
            self.report.refunds += 1
            await self.ask(order, partial(continue_refund, self.engine, refund=refund))

    async def apply_parked(self, limit: int) -> None:
        """Events whose order was not readable, and is now."""
        for row in await self.sweep.parked(limit):
            await self.engine.store.settle(event_of(row), self.engine.now())
            self.report.applied += 1

    async def read_orders(self, limit: int) -> None:
        """The next orders after where the last run stopped."""
        now = self.engine.now()
        orders = await self.sweep.next_orders(now - AGE, now - REFUNDABLE, limit)
        for order in orders:
            # Before it is asked about: should the run end here, the next one gets to the orders behind it.
            await self.sweep.stop_at(order.id)
            self.report.checked += 1
            await self.ask(order, self.read_waiting if order.status in WAITING else self.read_paid)
        self.report.complete = len(orders) < limit
        if self.report.complete:
            await self.sweep.stop_at("")


async def reconcile(engine: Engine, limit: int) -> Report:
    """Read what may have been missed, and settle it.

    Args:
        engine: what to work with.
        limit: the most orders, the most refunds and the most parked events of this run.

    Returns:
        What was done, and every difference that was found.

    Raises:
        StorageUnavailable: the database did not answer; what was settled stands.
    """
    run = _Run(engine)
    await run.apply_parked(limit)
    await run.finish_refunds(limit)
    await run.read_orders(limit)
    return run.report
