"""Delivers the sandbox's webhooks to the engine and lists the exchanges."""

import asyncio
import time

from lightning_cart_notebook.environment import Environment
from lightning_cart_notebook.exchange import ExchangeLog, Exchanges
from lightning_cart_notebook.notebook_error import NotebookError

_DELIVERY_TIMEOUT_SECONDS = 20.0
_POLL_SECONDS = 0.1


class WebhookDelivery:
    """The delivery of one provider's webhooks.

    Args:
        environment: The sandbox and the clock.
        exchange_log: Holds the recorded webhooks.
        provider: The provider's name, as it is shown.
    """

    def __init__(self, environment: Environment, exchange_log: ExchangeLog, provider: str) -> None:
        self._environment = environment
        self._exchange_log = exchange_log
        self._provider = provider
        self._position = 0

    async def deliver(self) -> Exchanges:
        """Deliver the webhooks that are due and return those since the last call.

        Raises:
            NotebookError: The engine refused a signature, and no fault rates are set.
        """
        if self._environment.simulated:
            self._environment.simulated.wait(1)
            await self._environment.sandbox.deliveries.drain()
        elif self._environment.sandbox:
            await self._wait_for_pending()
        exchanges = self._exchange_log.since(self._position)
        self._position = self._exchange_log.position()
        webhooks = Exchanges(one for one in exchanges if one.sender == self._provider)
        if not self._has_faults:
            self._check_signatures(webhooks)
        found = {one.began: one for webhook in webhooks for one in (webhook, *webhook.inside)}
        return Exchanges(found[began] for began in sorted(found))

    def _check_signatures(self, webhooks: Exchanges) -> None:
        for webhook in webhooks:
            if webhook.response and webhook.response.status == 400:
                reason = webhook.json.get("detail", "bad signature")
                raise NotebookError(f"The engine refused a webhook of {self._provider}: {reason}")

    @property
    def _has_faults(self) -> bool:
        return bool(self._environment.sandbox and str(self._environment.sandbox.dial.chaos))

    def _has_pending(self) -> bool:
        return any(one["state"] == "pending" for one in self._environment.sandbox.deliveries.latest())

    async def _wait_for_pending(self) -> None:
        deadline = time.monotonic() + _DELIVERY_TIMEOUT_SECONDS
        while self._has_pending() and time.monotonic() < deadline:  # noqa: ASYNC110 - the outbox has no event to wait for
            await asyncio.sleep(_POLL_SECONDS)
