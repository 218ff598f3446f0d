"""Tells merchants what became of their orders: signed, at least once, with tries over some days, then a dead letter."""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

from lightning_cart.errors import ProviderUnavailable
from lightning_cart.http import HttpRequest, HttpResponse
from lightning_cart.secret import Secret
from lightning_cart.security.standard_webhooks import sign
from lightning_cart.storage.outbox import DeliveryState, Effect, Outcome
from lightning_cart.usecases.engine import Engine
from lightning_cart.usecases.fulfilment_message import message_body, message_id

# Seconds from a failed try to the next one. Standard Webhooks, "Deliverability and reliability": ten tries in some 75 hours.
SCHEDULE = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
SPREAD = 5  # a pause is longer or shorter by up to a fifth of it
LEASE = 60  # seconds: more than any adapter lets one try take
LONGEST_WAIT = 86_400  # seconds; no `Retry-After` puts a try off for longer
LIMIT = 50  # tries in one run
_GONE = 410


class Attempt(NamedTuple):
    """One try, for the log: whose, of what, the how-manieth, and what came of it."""

    order_id: str
    effect: str
    number: int
    outcome: Outcome

    @property
    def wanted(self) -> bool:
        """Whether there was anybody to tell."""
        return self.outcome.state is not DeliveryState.UNWANTED

    @property
    def level(self) -> str:
        """How grave it is."""
        return "info" if self.outcome.state is DeliveryState.DELIVERED else "warning"

    @property
    def facts(self) -> dict[str, object]:
        """What is known of it."""
        outcome = self.outcome
        facts = {
            "order_id": self.order_id,
            "effect": self.effect,
            "attempt": self.number,
            "state": outcome.state.value,
            "status": outcome.status,
        }
        waits = {"next_at": outcome.next_at} if outcome.state is DeliveryState.WAITING else {}
        return facts | ({"error": outcome.error} if outcome.error else {}) | waits


def _asked_wait(answer: HttpResponse) -> int:
    value = answer.header("retry-after")
    # A long number is a long wait, and need not be read.
    return int(value[:9]) if value.isascii() and value.isdigit() else 0


def pause(name: str, attempt: int) -> int:
    """Seconds from a failed try to the next one.

    A receiver that was down has many messages waiting. So that they do not come back in one wave, each keeps to the schedule a
    little differently, by what its own id makes of it: no two hosts need to agree, and nothing is drawn at random.

    Args:
        name: the message's id.
        attempt: the number of the try that failed, from 1 to 9.
    """
    middle = SCHEDULE[attempt - 1]
    span = middle // SPREAD
    drawn = int.from_bytes(hashlib.sha256(f"{name} {attempt}".encode()).digest())
    return middle - span + drawn % (2 * span + 1)


def _judge(effect: Effect, answer: HttpResponse | ProviderUnavailable, now: int) -> Outcome:
    wait, status, error = 0, None, ""
    if isinstance(answer, HttpResponse):
        status, error = answer.status, f"answered {answer.status}"
        if 200 <= status < 300:
            return Outcome(DeliveryState.DELIVERED, status=status)
        if status == _GONE:
            return Outcome(DeliveryState.DEAD, status=status, error="answered 410: it wants no more of this")
        wait = min(_asked_wait(answer), LONGEST_WAIT)
    else:
        error = str(answer)
    if effect.attempt > len(SCHEDULE):
        return Outcome(DeliveryState.DEAD, status=status, error=f"{error}; given up after {effect.attempt} tries")
    usual = pause(message_id(effect.order.id, effect.name), effect.attempt)
    return Outcome(DeliveryState.WAITING, now + max(wait, usual), status, error)


async def _try_once(engine: Engine, effect: Effect, secrets: Sequence[Secret]) -> Outcome:
    site = engine.catalog.sites.get(effect.order.site)
    if site is None or not site.fulfilment_url:
        return Outcome(DeliveryState.UNWANTED)
    now, name = engine.now(), message_id(effect.order.id, effect.name)
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
    return _judge(effect, answer, engine.now())


async def deliver_due(engine: Engine, limit: int = LIMIT) -> list[Attempt]:
    """Deliver what is due, one after another. Any number of workers may do so at once.

    Args:
        engine: what to work with.
        limit: the most tries of this run.

    Returns:
        The tries of this run; as many as `limit` where more may be due.

    Raises:
        MissingKeys: a site names an address, and there is no secret to sign with. Nothing was tried.
        StorageUnavailable: the database did not answer; what was claimed comes due again.
    """
    secrets = engine.fulfilment_secrets
    attempts: list[Attempt] = []
    while len(attempts) < limit and (effect := await engine.outbox.claim(engine.now(), LEASE)) is not None:
        outcome = await _try_once(engine, effect, secrets)
        await engine.outbox.record(effect, outcome)
        attempts.append(Attempt(effect.order.id, effect.name, effect.attempt, outcome))
    return attempts
