"""What an order waits for: what is missing, since when, and what comes next. Rules as data; the words are the caller's."""

from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple, cast

from lightning_cart.domain.money import Money
from lightning_cart.domain.order import PAID_STATUSES, UNPAID_STATUSES, Dispute, Order, OrderStatus
from lightning_cart.domain.payment_event import EventKind, Verdict
from lightning_cart.domain.refund import IN_PROGRESS, Refund, RefundStatus, RefundWish
from lightning_cart.domain.refund_lines import name_pieces
from lightning_cart.domain.review import MONEY_ELSEWHERE, explain_review
from lightning_cart.errors import ConfigurationError, InvalidSettings
from lightning_cart.http import Json
from lightning_cart.ports import Row
from lightning_cart.storage.open_work import OpenWork
from lightning_cart.storage.orders import OrderHistory
from lightning_cart.storage.outbox import DeliveryState
from lightning_cart.usecases.expire import MAX_OPEN_SECONDS
from lightning_cart.usecases.reconcile import ABANDONED_SECONDS, MIN_AGE_SECONDS
from lightning_cart.usecases.tidy import PARKED_SECONDS


class StepKind(StrEnum):
    """What an order waits for."""

    STRATEGY = "strategy"  # its payment strategy cannot be used
    REVIEW = "review"  # an operator has to decide
    DISPUTE = "dispute"  # an operator has to answer it at the provider
    REFUND = "refund"  # a refund is not finished, or the last one failed
    PAYMENT = "payment"  # the buyer has not paid, or not all
    MESSAGE = "message"  # the shop was not told
    PARKED = "parked"  # a stored event was not applied yet
    NOTHING = "nothing"


class NextStep(NamedTuple):
    """One thing that an order waits for. What does not apply is empty, 0 or None.

    Args:
        kind: What it waits for.
        since: Since when, in Unix seconds.
        state: For a strategy `unknown` or `settings`. For a review where the money is: `here`, `elsewhere` or `nowhere`. For a
            refund or a message its status. For a payment `no_page`, `open`, `ended`, `pending` or `part_paid`. For nothing
            whether the shop was `told`, has `no_receiver`, or there was `no_message`.
        subject: The settings' names, the review's reason, or the id of the dispute, refund, message or event.
        reason: A phrase.
        amount: The disputed amount or the refund's, or what is kept of an order.
        until: When it ends by itself or has to be answered, in Unix seconds.
        next_at: When it is tried again at the earliest, in Unix seconds.
        last_at: When it was tried last, in Unix seconds.
        attempts: How often it was tried.
        key: The idempotency key that continues a refund.
        asked: The amount that was asked for with this key, over all payments, or None for all that was left.
        lines: The lines that a refund is for, such as `tshirt:2`.
    """

    kind: StepKind
    since: int
    state: str = ""
    subject: str = ""
    reason: str = ""
    amount: Money | None = None
    until: int | None = None
    next_at: int | None = None
    last_at: int | None = None
    attempts: int = 0
    key: str = ""
    asked: Money | None = None
    lines: tuple[str, ...] = ()

    @property
    def view(self) -> Json:
        """The step as JSON, beside the entries of the timeline."""
        amount = {"amount_minor": self.amount.minor, "currency": self.amount.currency} if self.amount else {}
        asked = self.asked.display if self.asked else None
        displayed = {"kind": self.kind.value, "amount": self.amount.display if self.amount else None, "asked": asked}
        fields = {**self._asdict(), **displayed, **amount}
        return {"what": "next", **{name: value for name, value in fields.items() if value or name in {"kind", "since"}}}


def next_steps(history: OrderHistory, work: OpenWork, now: int, problem: ConfigurationError | None = None) -> list[NextStep]:
    """Return what an order waits for: what a person has to do first, then what comes by itself.

    Args:
        history: The order with everything that is stored about it.
        work: Its open work.
        now: Unix seconds.
        problem: Why the engine cannot use the order's strategy, or None: `UnknownStrategy` or `InvalidSettings`.

    Returns:
        At least one step.
    """
    order = history.order
    steps = [*_strategy(order, problem), *_review(history), *_disputes(history), *_refunds(history, work)]
    steps += [*_payment(history, work, now), *_messages(history), *_parked(work)]
    return steps or [NextStep(StepKind.NOTHING, order.updated_at, _told(history), order.status)]


def _strategy(order: Order, problem: ConfigurationError | None) -> Iterator[NextStep]:
    if problem is not None and (order.status in UNPAID_STATUSES or order.status in PAID_STATUSES):
        settings = problem.names if isinstance(problem, InvalidSettings) else None
        state, subject = ("unknown", order.strategy) if settings is None else ("settings", ", ".join(settings))
        yield NextStep(StepKind.STRATEGY, order.created_at, state, subject, str(problem))


def _review(history: OrderHistory) -> Iterator[NextStep]:
    order = history.order
    if not order.needs_review:
        return
    since = [cast("int", row["received_at"]) for row in history.events if row["verdict"] == Verdict.MISMATCH]
    kept = history.kept
    state = "elsewhere" if order.review_reason in MONEY_ELSEWHERE else "here" if kept.minor > 0 else "nowhere"
    reason = explain_review(order.review_reason)
    yield NextStep(StepKind.REVIEW, max(since, default=order.updated_at), state, order.review_reason, reason, kept)


def _disputes(history: OrderHistory) -> Iterator[NextStep]:
    found = [row for row in history.disputes if row["state"] == "open"]
    for row in found:
        amount, due_at = row["amount_minor"], cast("int | None", row["due_at"])
        money = None if amount is None else Money(cast("int", amount), cast("str", row["currency"]))
        subject, reason = cast("str", row["dispute_id"]), cast("str", row["reason"])
        yield NextStep(StepKind.DISPUTE, cast("int", row["at"]), "open", subject, reason, money, until=due_at)
    if not found and history.order.dispute is Dispute.OPEN:  # opened before disputes were kept one by one
        yield NextStep(StepKind.DISPUTE, history.order.updated_at, "open")


def _refunds(history: OrderHistory, work: OpenWork) -> Iterator[NextStep]:
    """Yield the refunds in progress, and the last ones if they failed."""
    newest = max((refund.created_at for refund in history.refunds), default=0)
    for refund in history.refunds:
        if refund.status in IN_PROGRESS or (refund.status is RefundStatus.FAILED and refund.created_at == newest):
            yield _refund(refund, history, work)


def _key(refund: Refund, work: OpenWork) -> str:
    return work.refund_keys.get(refund.id, "").partition(" ")[0]  # a further payment's has its number after a space


def _refund(refund: Refund, history: OrderHistory, work: OpenWork) -> NextStep:
    key, refunds = _key(refund, work), history.refunds
    asked = None
    if RefundWish(refund.order_id, None, refund.reason, key, pieces=refund.pieces).digest != refund.digest:
        asked = Money(sum(one.amount.minor for one in refunds if _key(one, work) == key), refund.amount.currency)
    return NextStep(
        StepKind.REFUND,
        refund.created_at,
        refund.status,
        refund.id,
        refund.reason,
        refund.amount,
        last_at=refund.updated_at,
        key=key,
        asked=asked,
        lines=name_pieces(history.order, refund.pieces),
    )


def _payment(history: OrderHistory, work: OpenWork, now: int) -> Iterator[NextStep]:
    order = history.order
    if order.status not in UNPAID_STATUSES or order.needs_review:
        return
    if order.session is None:
        yield NextStep(StepKind.PAYMENT, order.created_at, "no_page", until=order.created_at + ABANDONED_SECONDS)
        return
    state, since, kept = "open", order.created_at, history.kept
    until = order.session.expires_at or order.created_at + MAX_OPEN_SECONDS
    if kept.minor > 0:
        state = "part_paid"
    elif order.status is OrderStatus.PENDING:
        pending = (cast("int", row["received_at"]) for row in history.events if row["kind"] == EventKind.PENDING)
        state, since = "pending", max(pending, default=order.updated_at)
    elif until <= now:
        state = "ended"
    asked_from = max(order.created_at + MIN_AGE_SECONDS, work.paused_until)
    yield NextStep(
        StepKind.PAYMENT,
        since,
        state,
        amount=kept,
        until=until,
        next_at=asked_from if asked_from > now else None,
        last_at=work.looked_at or None,
    )


def _messages(history: OrderHistory) -> Iterator[NextStep]:
    for row in history.effects:
        if row["state"] in {DeliveryState.WAITING, DeliveryState.DEAD}:
            yield _message(row)


def _message(row: Row) -> NextStep:
    return NextStep(
        StepKind.MESSAGE,
        cast("int", row["created_at"]),
        cast("str", row["state"]),
        cast("str", row["effect"]),
        cast("str", row["last_error"]),
        next_at=cast("int", row["next_at"]) or None,
        last_at=cast("int | None", row["last_at"]),
        attempts=cast("int", row["attempts"]),
    )


def _parked(work: OpenWork) -> Iterator[NextStep]:
    for row in work.parked:
        received_at = cast("int", row["received_at"])
        subject, reason = cast("str", row["event_id"]), cast("str", row["type"])
        yield NextStep(StepKind.PARKED, received_at, subject=subject, reason=reason, until=received_at + PARKED_SECONDS)


def _told(history: OrderHistory) -> str:
    states = {row["state"] for row in history.effects}
    if DeliveryState.DELIVERED in states:
        return "told"
    return "no_receiver" if states else "no_message"
