"""Checks what answers at PUBLIC_URL: this engine, in this version, without a redirect."""

import json
from urllib.parse import urlsplit

from lightning_cart import __version__
from lightning_cart.errors import LightningCartError
from lightning_cart.http import HttpRequest, HttpResponse
from lightning_cart.ports import Send
from lightning_cart.urls import LOOPBACK, is_https_or_loopback
from lightning_cart_host.cli.check import Check, failed, passed, warned

_SUBJECT = "running engine"
_START = "start `lightning-cart serve`, or set PUBLIC_URL to where it runs"
_HEALTHY, _UNAVAILABLE = 200, 503


def _parse_health(response: HttpResponse) -> dict[str, object] | None:
    """Return the content of a health response, or None if another program has answered."""
    try:
        document = json.loads(response.body)
    except ValueError:
        return None
    return document if isinstance(document, dict) and document.get("status") in {"ok", "unavailable", "degraded"} else None


def _redirected(url: str, response: HttpResponse) -> Check:
    target = response.header("location")
    parts = urlsplit(target)
    address = f"{parts.scheme}://{parts.netloc}" if parts.netloc else "where the engine itself is"
    detail = f"{url} redirects to {target or 'somewhere'}, and providers do not follow redirects"
    return failed(_SUBJECT, detail, f"set PUBLIC_URL={address}, or let the engine answer there without a redirect")


async def _check_plain_http(public_url: str, send: Send) -> list[Check]:
    """Check that the same host redirects http to https, if it answers there at all."""
    parts = urlsplit(public_url)
    if parts.scheme != "https" or parts.port not in {None, 443} or parts.hostname in LOOPBACK:
        return []
    try:
        response = await send(HttpRequest("GET", f"http://{parts.netloc}/health"))
    except LightningCartError:
        return []
    if response.status != _HEALTHY:
        return []
    detail = f"http://{parts.netloc} answers without a redirect to https, so a buyer's receipt could be read on its path"
    return [warned("https", detail, "let your TLS proxy redirect http to https")]


async def check_engine(public_url: str, admin_token: str, send: Send) -> list[Check]:
    """Check the engine at its own URL.

    Args:
        public_url: The engine's own URL.
        admin_token: The operator's token, with which the engine says its version; or empty.
        send: Sends the requests.
    """
    url = f"{public_url}/health"
    try:
        response = await send(HttpRequest("GET", url))
        health = _parse_health(response)
        # The token is only sent to what looks like the engine.
        if health is not None and admin_token and is_https_or_loopback(url):
            response = await send(HttpRequest("GET", url, {"authorization": f"Bearer {admin_token}"}))
            health = _parse_health(response) or health
    except LightningCartError as error:
        return [failed(_SUBJECT, f"{url}: {error}", _START)]
    if 300 <= response.status < 400:
        return [_redirected(url, response)]
    if health is None:
        kind = response.header("content-type").partition(";")[0] or "nothing that it would say"
        return [failed(_SUBJECT, f"{url} is answered by another program: {response.status} with {kind}", _START)]
    if response.status != _HEALTHY:
        return [failed(_SUBJECT, f"{url} answered {response.status}{_missing(health)}", f"open that URL; or {_START}")]
    version = health.get("version")
    if isinstance(version, str) and version != __version__:
        detail = f"version {version} answers at {public_url}, and this is {__version__}"
        return [warned(_SUBJECT, detail, "restart it after an upgrade, or run doctor with the engine's own program")]
    return [passed(_SUBJECT, f"{url} answered {response.status}"), *await _check_plain_http(public_url, send)]


def _missing(health: dict[str, object]) -> str:
    names = health.get("missing")
    return f": missing {', '.join(map(str, names))}" if isinstance(names, list) and names else ""
