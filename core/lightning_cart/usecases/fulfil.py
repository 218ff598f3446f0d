"""Tells merchants what became of their orders: signed, at least once, with tries over some days, then a dead letter."""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

from lightning_cart.errors import ProviderUnavailable
from lightning_cart.http import HttpRequest, HttpResponse
from lightning_cart.secret import Secret
from lightning_cart.security.standard_webhooks import sign
from lightning_cart.storage.outbox import DeliveryResult, DeliveryState, OutboxMessage
from lightning_cart.usecases.engine import Engine
from lightning_cart.usecases.fulfilment_message import message_body, message_id

# Seconds from a failed try to the next one. Standard Webhooks, "Deliverability and reliability": ten tries in some 75 hours.
RETRY_SECONDS = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
JITTER_DIVISOR = 5  # a pause is longer or shorter by up to a fifth of it
LEASE_SECONDS = 60  # seconds: more than any adapter lets one try take
MAX_RETRY_AFTER_SECONDS = 86_400  # seconds; no `Retry-After` puts a try off for longer
MAX_ATTEMPTS_PER_RUN = 50  # tries in one run
_GONE = 410


class DeliveryAttempt(NamedTuple):
    """One try, for the log: whose, of what, the how-manieth, and what came of it."""

    order_id: str
    effect: str
    number: int
    result: DeliveryResult

    @property
    def has_receiver(self) -> bool:
        """Whether there was anybody to tell."""
        return self.result.state is not DeliveryState.UNWANTED

    @property
    def level(self) -> str:
        """How grave it is."""
        return "info" if self.result.state is DeliveryState.DELIVERED else "warning"

    @property
    def log_fields(self) -> dict[str, object]:
        """What is known of it."""
        outcome = self.result
        facts = {
            "order_id": self.order_id,
            "effect": self.effect,
            "attempt": self.number,
            "state": outcome.state.value,
            "status": outcome.status,
        }
        waits = {"next_at": outcome.next_at} if outcome.state is DeliveryState.WAITING else {}
        return facts | ({"error": outcome.error} if outcome.error else {}) | waits


def _retry_after(answer: HttpResponse) -> int:
    value = answer.header("retry-after")
    # A long number is a long wait, and need not be read.
    return int(value[:9]) if value.isascii() and value.isdigit() else 0


def retry_delay(name: str, attempt: int) -> int:
    """Seconds from a failed try to the next one.

    A receiver that was down has many messages waiting. So that they do not come back in one wave, each keeps to the schedule a
    little differently, by what its own id makes of it: no two hosts need to agree, and nothing is drawn at random.

    Args:
        name: The message's id.
        attempt: The number of the try that failed, from 1 to 9.
    """
    middle = RETRY_SECONDS[attempt - 1]
    span = middle // JITTER_DIVISOR
    drawn = int.from_bytes(hashlib.sha256(f"{name} {attempt}".encode()).digest())
    return middle - span + drawn % (2 * span + 1)


def _result(effect: OutboxMessage, answer: HttpResponse | ProviderUnavailable, now: int) -> DeliveryResult:
    wait, status, error = 0, None, ""
    if isinstance(answer, HttpResponse):
        status, error = answer.status, f"answered {answer.status}"
        if 200 <= status < 300:
            return DeliveryResult(DeliveryState.DELIVERED, status=status)
        if status == _GONE:
            return DeliveryResult(DeliveryState.DEAD, status=status, error="answered 410: it wants no more of this")
        wait = min(_retry_after(answer), MAX_RETRY_AFTER_SECONDS)
    else:
        error = str(answer)
    if effect.attempt > len(RETRY_SECONDS):
        return DeliveryResult(DeliveryState.DEAD, status=status, error=f"{error}; given up after {effect.attempt} tries")
    usual = retry_delay(message_id(effect.order.id, effect.event), effect.attempt)
    return DeliveryResult(DeliveryState.WAITING, now + max(wait, usual), status, error)


async def _attempt(engine: Engine, effect: OutboxMessage, secrets: Sequence[Secret]) -> DeliveryResult:
    site = engine.catalog.sites.get(effect.order.site_id)
    if site is None or not site.fulfilment_url:
        return DeliveryResult(DeliveryState.UNWANTED)
    now, name = engine.now(), message_id(effect.order.id, effect.event)
    body = message_body(effect, with_email=site.fulfilment_email)
    headers = {
        "content-type": "application/json",
        "user-agent": "lightning-cart",
        "webhook-id": name,
        "webhook-timestamp": str(now),
        "webhook-signature": sign(secrets, name, now, body),
    }
    answer: HttpResponse | ProviderUnavailable
    try:
        answer = await engine.ports.deliverer(HttpRequest("POST", site.fulfilment_url, headers, body))
    except ProviderUnavailable as silence:
        answer = silence
    return _result(effect, answer, engine.now())


async def deliver_due(engine: Engine, limit: int = MAX_ATTEMPTS_PER_RUN) -> list[DeliveryAttempt]:
    """Deliver what is due, one after another. Any number of workers may do so at once.

    Args:
        engine: What to work with.
        limit: The most tries of this run.

    Returns:
        The tries of this run; as many as `limit` where more may be due.

    Raises:
        InvalidSettings: A site names an address, and there is no secret to sign with. Nothing was tried.
        StorageUnavailable: The database did not answer; what was claimed comes due again.
    """
    secrets = engine.fulfilment_secrets
    attempts: list[DeliveryAttempt] = []
    while len(attempts) < limit and (effect := await engine.outbox.claim(engine.now(), LEASE_SECONDS)) is not None:
        outcome = await _attempt(engine, effect, secrets)
        await engine.outbox.record(effect, outcome)
        attempts.append(DeliveryAttempt(effect.order.id, effect.event, effect.attempt, outcome))
    return attempts
