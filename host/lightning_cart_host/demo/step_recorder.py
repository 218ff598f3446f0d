"""Sends the requests of one demo purchase and reports each as a step."""

import time
from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from lightning_cart_host.demo.steps import Step
from lightning_cart_host.shop_client.requests import PurchaseFailed, problem_detail, send, without_secrets


class StepRecorder:
    """Sends requests and reports each as a step.

    Args:
        client: The HTTP client; it must not follow redirects, because each redirect is a step.
        strategy: The strategy that the purchase uses.
        report_step: Takes each step.
        order_status: Returns the order's status; called after each request.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        strategy: str,
        report_step: Callable[[Step], None],
        order_status: Callable[[], Awaitable[str]],
    ) -> None:
        self.client = client
        self._strategy = strategy
        self._report_step = report_step
        self._order_status = order_status

    async def send(self, method: str, url: str, **content: Any) -> httpx.Response:  # noqa: ANN401 - httpx's own arguments
        """Send one request without reporting it. Raises `PurchaseFailed` if no response comes."""
        return await send(self.client, method, url, **content)

    async def request(
        self,
        title: str,
        method: str,
        url: str,
        status: int,
        note: Callable[[httpx.Response], str],
        *,
        or_redirect: bool = False,
        **content: Any,  # noqa: ANN401 - httpx's own arguments
    ) -> httpx.Response:
        """Send one request and report it.

        Args:
            title: What the step does, in words.
            method: The request's method.
            url: The request's URL.
            status: The expected status code.
            note: Reads the key facts from the expected response.
            or_redirect: Also accept a redirect.
            content: Headers and body, as httpx takes them.

        Raises:
            PurchaseFailed: The response is not the expected one, or none came.
        """
        started = time.perf_counter()
        response = await self.send(method, url, **content)
        ms = round((time.perf_counter() - started) * 1000, 1)
        expected = response.status_code == status or (or_redirect and response.has_redirect_location)
        shown = note(response) if expected else problem_detail(response)
        order_status = await self._order_status()
        self._report_step(
            Step(self._strategy, title, method, without_secrets(url), response.status_code, ms, shown, order_status)
        )
        if not expected:
            raise PurchaseFailed(
                f"{method} {without_secrets(url)} answered {response.status_code} instead of {status}: {shown}"
            )
        return response
