"""Sends a buyer's HTTP requests and describes the responses without their secrets."""

import re
from typing import Any
from urllib.parse import urldefrag

import httpx

from lightning_cart.errors import LightningCartError


class PurchaseFailed(LightningCartError):
    """A step of a purchase went wrong. The text names the step and what came instead."""


def page_title(response: httpx.Response) -> str:
    """Return the title of an HTML page in quotation marks, or an empty string."""
    match = re.search(r"<title>(.*?)</title>", response.text, re.DOTALL)
    return f"“{match[1].strip()}”" if match else ""


_TOKEN = re.compile(r"(/return/[^/?#]+/|/orders/[^/?#]+/(?:page|receipt)/)[^/?#]+")


def without_secrets(url: str) -> str:
    """Return a URL that may be shown: the fragment can hold a receipt, and the path an order's token."""
    return _TOKEN.sub(r"\1…", urldefrag(url).url)


def problem_detail(response: httpx.Response) -> str:
    """Return what a problem response (RFC 9457) says to a developer, or the title of an error page."""
    try:
        content = response.json()
        return str(content["reason"] if "reason" in content else content["detail"])
    except (ValueError, KeyError, TypeError):
        return page_title(response)


async def send(client: httpx.AsyncClient, method: str, url: str, **content: Any) -> httpx.Response:  # noqa: ANN401 - httpx's own arguments
    """Send one request.

    Args:
        client: The HTTP client.
        method: The request's method.
        url: The request's URL.
        content: Headers and body, as httpx takes them.

    Raises:
        PurchaseFailed: No response came.
    """
    try:
        return await client.request(method, url, **content)
    except httpx.HTTPError as error:
        raise PurchaseFailed(f"{without_secrets(url)} could not be reached ({type(error).__name__})") from error
