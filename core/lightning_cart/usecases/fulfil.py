"""Sends fulfilment webhooks to merchants: signed, at least once, with ten attempts over about 3 days."""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

from lightning_cart.errors import ProviderUnavailable
from lightning_cart.http import HttpRequest, HttpResponse
from lightning_cart.secret import Secret
from lightning_cart.security.standard_webhooks import sign
from lightning_cart.storage.outbox import DeliveryResult, DeliveryState, OutboxMessage
from lightning_cart.storage.sql import CountedDatabase
from lightning_cart.usecases.buyer_return import page_url, receipt_url
from lightning_cart.usecases.engine import Engine
from lightning_cart.usecases.fulfilment_document import complete_message
from lightning_cart.usecases.fulfilment_message import PageLinks, message_body, message_id

# Seconds from a failed attempt to the next one: ten attempts in about 75 hours.
# Source: Standard Webhooks, "Deliverability and reliability".
RETRY_SECONDS = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
JITTER_DIVISOR = 5  # a delay differs from the schedule by at most a fifth of it
LEASE_SECONDS = 60  # longer than any adapter's timeout for one attempt
MAX_RETRY_AFTER_SECONDS = 86_400  # limit of a receiver's `Retry-After`
MAX_ATTEMPTS_PER_RUN = 50
STATEMENTS_PER_MESSAGE = 17  # the most that one can need: of a refund or renewal that has no number yet
_GONE = 410


class DeliveryAttempt(NamedTuple):
    """One delivery attempt, for the log."""

    order_id: str
    event: str
    number: int
    result: DeliveryResult

    @property
    def has_receiver(self) -> bool:
        """Whether the order's site has a fulfilment URL."""
        return self.result.state is not DeliveryState.UNWANTED

    @property
    def level(self) -> str:
        """The log level."""
        return "info" if self.result.state is DeliveryState.DELIVERED else "warning"

    @property
    def log_fields(self) -> dict[str, object]:
        """The attempt's fields for the log."""
        result = self.result
        fields: dict[str, object] = {
            "order_id": self.order_id,
            "effect": self.event,
            "attempt": self.number,
            "state": result.state.value,
            "status": result.status,
        }
        if result.error:
            fields["error"] = result.error
        if result.state is DeliveryState.WAITING:
            fields["next_at"] = result.next_at
        return fields


def _retry_after(response: HttpResponse) -> int:
    value = response.header("retry-after")
    # Nine digits are more than the limit already.
    return int(value[:9]) if value.isascii() and value.isdigit() else 0


def retry_delay(name: str, attempt: int) -> int:
    """Return the seconds from a failed attempt to the next one.

    Jitter of up to 20 %, derived from the message id, spreads retries after an outage. It needs no random numbers, and is the
    same on every host.

    Args:
        name: The message's id.
        attempt: The number of the failed attempt, from 1 to 9.
    """
    scheduled = RETRY_SECONDS[attempt - 1]
    jitter = scheduled // JITTER_DIVISOR
    digest = int.from_bytes(hashlib.sha256(f"{name} {attempt}".encode()).digest())
    return scheduled - jitter + digest % (2 * jitter + 1)


def _result(message: OutboxMessage, response: HttpResponse | ProviderUnavailable, now: int) -> DeliveryResult:
    retry_after, status, error = 0, None, ""
    if isinstance(response, HttpResponse):
        status, error = response.status, f"answered {response.status}"
        if 200 <= status < 300:
            return DeliveryResult(DeliveryState.DELIVERED, status=status)
        if status == _GONE:
            reason = "receiver answered 410 Gone; no further attempts"
            return DeliveryResult(DeliveryState.DEAD, status=status, error=reason)
        retry_after = min(_retry_after(response), MAX_RETRY_AFTER_SECONDS)
    else:
        error = str(response)
    if message.attempt > len(RETRY_SECONDS):
        return DeliveryResult(DeliveryState.DEAD, status=status, error=f"{error}; stopped after {message.attempt} attempts")
    delay = retry_delay(message_id(message.order.id, message.event), message.attempt)
    return DeliveryResult(DeliveryState.WAITING, now + max(retry_after, delay), status, error)


async def _attempt(engine: Engine, message: OutboxMessage, secrets: Sequence[Secret]) -> DeliveryResult:
    site = engine.catalog.sites.get(message.order.site_id)
    if site is None or not site.fulfilment_url:
        return DeliveryResult(DeliveryState.UNWANTED)
    message, document = await complete_message(engine, message)
    links = PageLinks(page_url(engine, message.order), receipt_url(engine, message.order)) if site.contact else None
    now, name = engine.now(), message_id(message.order.id, message.event)
    body = message_body(message, document, links)
    headers = {
        "content-type": "application/json",
        "user-agent": "lightning-cart",
        "webhook-id": name,
        "webhook-timestamp": str(now),
        "webhook-signature": sign(secrets, name, now, body),
    }
    send = engine.ports.send_webhook or engine.ports.send
    response: HttpResponse | ProviderUnavailable
    try:
        response = await send(HttpRequest("POST", site.fulfilment_url, headers, body))
    except ProviderUnavailable as error:
        response = error
    return _result(message, response, engine.now())


async def deliver_due(engine: Engine, limit: int = MAX_ATTEMPTS_PER_RUN, budget: int | None = None) -> list[DeliveryAttempt]:
    """Deliver the messages that are due, one after another. Any number of workers may run at once.

    Args:
        engine: The configured engine.
        limit: Maximum number of attempts in this run.
        budget: Maximum number of SQL statements in this run, or None for no limit.

    Returns:
        The attempts of this run; if there are `limit` of them, or the budget is spent, more messages may be due.

    Raises:
        InvalidSettings: A site has a fulfilment URL, and no signing secret is set; or its messages include the links of the
            buyer's pages, and no public URL is set. Nothing was sent.
        StorageUnavailable: The database did not answer; claimed messages become due again.
    """
    secrets = engine.fulfilment_secrets
    if any(site.contact for site in engine.catalog.sites.values()):
        _ = engine.public_url  # its error belongs here, before a message is claimed
    database = CountedDatabase(engine.ports.database, budget)
    counted = engine.with_database(database)
    attempts: list[DeliveryAttempt] = []
    while len(attempts) < limit and database.has_room(STATEMENTS_PER_MESSAGE):
        message = await counted.outbox.claim(engine.now(), LEASE_SECONDS)
        if message is None:
            break
        result = await _attempt(counted, message, secrets)
        await counted.outbox.save_result(message, result)
        attempts.append(DeliveryAttempt(message.order.id, message.event, message.attempt, result))
    return attempts
