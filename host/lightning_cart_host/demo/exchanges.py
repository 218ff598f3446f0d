"""One exchange after another, each told to a trace as it is made: what the demo's purchases consist of."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urldefrag

import httpx

from lightning_cart.errors import LightningCartError
from lightning_cart_host.demo.steps import Step


async def wait_until(ready: Callable[[], Awaitable[bool]], seconds: float, pause: float = 0.1) -> bool:
    """Ask again and again until something is so.

    Args:
        ready: Whether it is.
        seconds: How long to go on asking.
        pause: Seconds between.

    Returns:
        Whether it came to be so.
    """
    until = time.monotonic() + seconds
    while not await ready():
        if time.monotonic() > until:
            return False
        await asyncio.sleep(pause)
    return True


class PurchaseFailed(LightningCartError):
    """A step did not answer as it should. Its text says which, and what came instead."""


def page_title(answer: httpx.Response) -> str:
    """The title of a page, in quotation marks."""
    match = re.search(r"<title>(.*?)</title>", answer.text, re.DOTALL)
    return f"“{match[1].strip()}”" if match else ""


def without_fragment(url: str) -> str:
    """An address as it may be shown: a receipt may stand in its fragment."""
    return urldefrag(url).url


def _detail(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return page_title(answer)


async def send(client: httpx.AsyncClient, method: str, url: str, **content: Any) -> httpx.Response:  # noqa: ANN401 - httpx's own arguments
    """Make one exchange without telling it.

    Raises:
        PurchaseFailed: There is no answer.
    """
    try:
        return await client.request(method, url, **content)
    except httpx.HTTPError as error:
        raise PurchaseFailed(f"{without_fragment(url)} could not be reached ({type(error).__name__})") from error


class StepRecorder:
    """Makes the exchanges of one purchase, and tells each.

    Args:
        client: Sends; it must not follow redirects, for each is a step.
        strategy: The way to pay that the purchase tries.
        tell: Takes each step.
        order_status: How the order stands, asked after each.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        strategy: str,
        tell: Callable[[Step], None],
        order_status: Callable[[], Awaitable[str]],
    ) -> None:
        self.client = client
        self._strategy = strategy
        self._tell = tell
        self._order_status = order_status

    async def send(self, method: str, url: str, **content: Any) -> httpx.Response:  # noqa: ANN401 - the same
        """Make one exchange without telling it. Raises `PurchaseFailed` where there is no answer."""
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
        **content: Any,  # noqa: ANN401 - the same
    ) -> httpx.Response:
        """Make one exchange, and tell it.

        Args:
            title: What happens, in words.
            method: Of the request.
            url: Of the request.
            status: What should be answered.
            note: Reads the right answer, and gives its key facts.
            or_redirect: An answer that leads elsewhere is right, too.
            content: Headers and body, as httpx takes them.

        Raises:
            PurchaseFailed: The answer is another one, or there is none.
        """
        started = time.perf_counter()
        answer = await self.send(method, url, **content)
        ms = round((time.perf_counter() - started) * 1000, 1)
        right = answer.status_code == status or (or_redirect and answer.has_redirect_location)
        shown = note(answer) if right else _detail(answer)
        stands = await self._order_status()
        self._tell(Step(self._strategy, title, method, without_fragment(url), answer.status_code, ms, shown, stands))
        if not right:
            raise PurchaseFailed(f"{method} {without_fragment(url)} answered {answer.status_code} instead of {status}: {shown}")
        return answer
