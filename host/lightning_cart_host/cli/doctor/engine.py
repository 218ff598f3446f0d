"""Checks what answers at PUBLIC_URL: this engine, in this version, without a redirect."""

from urllib.parse import urlsplit

from lightning_cart import __version__
from lightning_cart.errors import ProviderError
from lightning_cart.http import HttpRequest, HttpResponse, Json
from lightning_cart.ports import Send
from lightning_cart.providers.untrusted_json import get_list, get_text, parse_object
from lightning_cart.urls import LOOPBACK, is_https_or_loopback
from lightning_cart_host.cli.doctor.check import Check, failed, passed, warned

_SUBJECT = "running engine"
_START = "start `lightning-cart serve`, or set PUBLIC_URL to where it runs"
_HEALTHY = 200


def _parse_health(response: HttpResponse) -> Json:
    """Return the content of a health response, or an empty object if another program has answered."""
    document = parse_object(response.body)
    return document if document.get("status") in {"ok", "unavailable"} else {}


def _redirected(public_url: str, path: str, response: HttpResponse) -> Check:
    target = response.header("location")
    base = target.removesuffix(path)
    right = f"to {base}" if base != target and is_https_or_loopback(base) else "to where the engine itself is"
    detail = f"{public_url}{path} redirects to {target or 'somewhere'}, and providers do not follow redirects"
    return failed(_SUBJECT, detail, f"set PUBLIC_URL {right}, or let the engine answer there without a redirect")


async def _check_plain_http(public_url: str, send: Send) -> list[Check]:
    """Check that the same host redirects http to https, if it answers there at all."""
    parts = urlsplit(public_url)
    if parts.scheme != "https" or parts.port not in {None, 443} or parts.hostname in LOOPBACK:
        return []
    plain_url = public_url.replace("https", "http", 1)
    try:
        response = await send(HttpRequest("GET", f"{plain_url}/health"))
    except ProviderError:
        return []
    if response.status != _HEALTHY:
        return []
    detail = f"{plain_url} answers without a redirect to https, so a buyer's receipt could be read on its path"
    return [warned("https", detail, "let your TLS proxy redirect http to https")]


def _lacks(health: Json) -> str:
    """Return what the engine says to its operator that it lacks."""
    names = [name for name in get_list(health, "missing") if isinstance(name, str)]
    database = get_text(health, "database")
    told = [f"missing {', '.join(names)}"] if names else []
    told += [f"its database is {database}"] if database not in {"", "ok"} else []
    return f": {', and '.join(told)}" if told else ""


async def _check_webhook_route(public_url: str, send: Send) -> Check | None:
    """Return the failed check if webhooks do not get to the engine, whose own problems have a type."""
    url = f"{public_url}/webhook"
    response = await send(HttpRequest("GET", url))
    if 300 <= response.status < 400:
        return _redirected(public_url, "/webhook", response)
    if get_text(parse_object(response.body), "type").startswith("/problems/"):
        return None
    advice = f"let your proxy pass every path below {public_url} on to the engine, or correct PUBLIC_URL"
    return failed(_SUBJECT, f"{url} is answered by another program: {response.status} with {_kind(response)}", advice)


def _kind(response: HttpResponse) -> str:
    return response.header("content-type").partition(";")[0] or "no content type"


def _find_wrong(url: str, status: int, health: Json, *, is_operator: bool) -> Check | None:
    """Return the check of what the engine says of itself, if something is wrong."""
    if status != _HEALTHY:
        return failed(_SUBJECT, f"{url} answered {status}{_lacks(health)}", "read the engine's log, which says why")
    version = get_text(health, "version")
    if is_operator and not version:
        detail = f"{url} does not know this ADMIN_TOKEN, so the engine runs with other settings than these"
        return warned(_SUBJECT, detail, "restart it after a change of its settings, or run doctor with the engine's own")
    if version not in {"", __version__}:
        detail = f"version {version} answers at {url}, and this is {__version__}"
        return warned(_SUBJECT, detail, "restart it after an upgrade, or run doctor with the engine's own program")
    return None


async def _checks(public_url: str, admin_token: str, send: Send) -> list[Check]:
    url = f"{public_url}/health"
    response = await send(HttpRequest("GET", url))
    if 300 <= response.status < 400:
        return [_redirected(public_url, "/health", response)]
    health = _parse_health(response)
    if not health:
        return [failed(_SUBJECT, f"{url} is answered by another program: {response.status} with {_kind(response)}", _START)]
    if wrong := await _check_webhook_route(public_url, send):
        return [wrong]
    if admin_token:  # nothing but the engine gets it
        health = _parse_health(await send(HttpRequest("GET", url, {"authorization": f"Bearer {admin_token}"})))
    if wrong := _find_wrong(url, response.status, health, is_operator=bool(admin_token)):
        return [wrong]
    return [passed(_SUBJECT, f"{url} answered {response.status}"), *await _check_plain_http(public_url, send)]


async def check_engine(public_url: str, admin_token: str, send: Send) -> list[Check]:
    """Check the engine at its own URL.

    Args:
        public_url: The engine's own URL.
        admin_token: The operator's token, with which the engine says its version and what it lacks; or empty.
        send: Sends the requests.
    """
    try:
        return await _checks(public_url, admin_token, send)
    except ProviderError as error:  # so `Send` calls whatever does not answer
        return [failed(_SUBJECT, f"{public_url} {error.reason}", _START)]
