"""The outbox: webhooks to send, and the result of every attempt.

A webhook is written in the same transaction as the change it reports, so a crash can delay one but never lose one.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

import httpx

from lightning_cart_sandbox.chaos.dial import DELIVERY, Fault
from lightning_cart_sandbox.chaos.state import Dial
from lightning_cart_sandbox.document_store import DocumentStore
from lightning_cart_sandbox.types import Clock, NewId
from lightning_cart_sandbox.webhooks.delivery_table import DeliveryTable

RETRY_SECONDS: tuple[float, ...] = (1, 2, 4, 8, 15, 30, 60, 120, 300)
"""Seconds between attempts. Most providers do not publish theirs, so these are the sandbox's own."""

REORDER_SECONDS = 1.0
"""Seconds that a webhook waits so that later ones overtake it."""

_extra_delay: ContextVar[float] = ContextVar("_extra_delay", default=0.0)


@dataclass(frozen=True)
class Webhook:
    """One event for one receiver.

    Attributes:
        provider: The provider's name, such as `"stripe"`; selects the signature scheme.
        endpoint_id: The provider's id of the registered endpoint.
        url: The receiver's URL.
        event_id: The provider's id of the event.
        event_type: The type of the event, for the log.
        body: The exact string to send and to sign.
    """

    provider: str
    endpoint_id: str
    url: str
    event_id: str
    event_type: str
    body: str


@dataclass(frozen=True)
class AttemptResult:
    """The result of one attempt.

    Attributes:
        status: The HTTP status, or `None` without a response.
        milliseconds: The duration of the attempt.
        excerpt: The beginning of the response's body.
        error: Why there is no response.
    """

    status: int | None
    milliseconds: int
    excerpt: str
    error: str | None

    @property
    def accepted(self) -> bool:
        """Whether the receiver accepted the webhook: only 2xx counts, a redirect does not."""
        return self.status is not None and httpx.codes.is_success(self.status)


@contextmanager
def delaying_webhooks(seconds: float) -> Iterator[None]:
    """Delay every webhook that is added in a block.

    Args:
        seconds: The delay.
    """
    token = _extra_delay.set(seconds)
    try:
        yield
    finally:
        _extra_delay.reset(token)


class Outbox(DeliveryTable):
    """The deliveries of all providers, and how they change.

    Args:
        store: The database.
        clock: Unix seconds.
        new_id: Fresh identifiers.
        retry_seconds: Seconds to wait after each failed attempt; after the last one the webhook has failed.
        dial: The chaos dial; no faults when `None`.
    """

    def __init__(
        self,
        store: DocumentStore,
        clock: Clock,
        new_id: NewId,
        *,
        retry_seconds: Sequence[float] = RETRY_SECONDS,
        dial: Dial | None = None,
    ) -> None:
        super().__init__(store, clock)
        self._dial = dial or Dial(store, clock)
        self._new_id = new_id
        self.retry_seconds = tuple(retry_seconds)
        self.schedules: dict[str, tuple[float, ...]] = {}

    def add(self, webhook: Webhook) -> str:
        """Add a webhook that is due now, unless the dial says otherwise; return the delivery's id."""
        fault = self._dial.draw(DELIVERY)
        identifier = self._new_id("dlv")
        copies = (identifier, self._new_id("dlv")) if fault is Fault.DUPLICATE else (identifier,)
        wait = self._wait(fault)
        for copy in copies:
            self._insert(copy, webhook, "dropped" if fault is Fault.DROP else "pending", wait)
        if fault:
            self._dial.note(fault, identifier)
        return identifier

    def _wait(self, fault: Fault | None) -> float:
        if fault is Fault.DELAY:
            return self._dial.delay_seconds()
        return REORDER_SECONDS if fault is Fault.REORDER else _extra_delay.get()

    def _insert(self, identifier: str, webhook: Webhook, state: str, wait: float) -> None:
        now = self._clock()
        values = (
            identifier,
            webhook.provider,
            webhook.endpoint_id,
            webhook.url,
            webhook.event_id,
            webhook.event_type,
            webhook.body,
            now,
            now + wait,
            state,
        )
        self._store.rows(
            "INSERT INTO deliveries (id, provider, endpoint_id, url, event_id, event_type, body, created_at, next_at, "
            "state, tries) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)",
            values,
        )

    def resend(self, delivery_id: str) -> bool:
        """Make a delivery due now, whatever its state; return whether it exists."""
        return bool(
            self._store.rows(
                "UPDATE deliveries SET state = 'pending', next_at = ? WHERE id = ? RETURNING id",
                (self._clock(), delivery_id),
            )
        )

    def cancel(self, delivery_id: str) -> None:
        """Cancel a delivery because its endpoint no longer exists."""
        self._store.rows("UPDATE deliveries SET state = 'cancelled' WHERE id = ?", (delivery_id,))

    def record(self, delivery_id: str, outcome: AttemptResult) -> None:
        """Record an attempt, and when the next one is due if it failed."""
        now = self._clock()
        with self._store.transaction():
            self._store.rows(
                "INSERT INTO delivery_attempts VALUES (?, ?, ?, ?, ?, ?)",
                (delivery_id, now, outcome.status, outcome.milliseconds, outcome.excerpt, outcome.error),
            )
            counted = "UPDATE deliveries SET tries = tries + 1 WHERE id = ? RETURNING tries, provider"
            tries, provider = self._store.rows(counted, (delivery_id,))[0]
            schedule = self.schedules.get(provider, self.retry_seconds)
            if outcome.accepted:
                state, next_at = "delivered", now
            elif tries <= len(schedule):
                state, next_at = "pending", now + schedule[tries - 1] / self._dial.chaos.speed
            else:
                state, next_at = "failed", now
            self._store.rows("UPDATE deliveries SET state = ?, next_at = ? WHERE id = ?", (state, next_at, delivery_id))
