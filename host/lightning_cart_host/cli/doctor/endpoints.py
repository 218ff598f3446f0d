"""Checks the webhook endpoints at a provider: whether one sends all needed events to this engine."""

from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from lightning_cart.domain.catalog_faults import origin_of
from lightning_cart.errors import InvalidSettings, ProviderError
from lightning_cart.flow import drive
from lightning_cart.ports import Send
from lightning_cart.providers.setting_signs import KnowsWebhookUrl
from lightning_cart.providers.strategy import PaymentStrategy
from lightning_cart.providers.webhook_endpoints import ListsWebhookEndpoints, WebhookEndpoint
from lightning_cart.urls import LOOPBACK, without_www
from lightning_cart_host.cli.doctor.check import Check, failed, passed, warned

_MAX_SHOWN = 3


class _Place(NamedTuple):
    """Where a provider's endpoints are.

    Args:
        dashboard: The path in the provider's dashboard.
        permission: What a key needs to list them.
        verifier: The setting that belongs to one endpoint.
    """

    dashboard: str
    permission: str
    verifier: str


_PLACES = {
    "stripe": _Place(
        "Stripe Dashboard, Developers, Webhooks",
        "give the restricted key the permission to read Webhook Endpoints (rak_webhook_read)",
        "STRIPE_WEBHOOK_SECRET",
    ),
    "paypal": _Place(
        "PayPal Developer Dashboard, Apps & Credentials, the app, Webhooks",
        "use the credentials of the app that has the webhook",
        "PAYPAL_WEBHOOK_ID",
    ),
    "square": _Place(
        "Square Developer Console, the application, Webhooks, Subscriptions",
        "use the application's own access token: an OAuth token may not read subscriptions",
        "SQUARE_WEBHOOK_SIGNATURE_KEY",
    ),
}
_ELSEWHERE = _Place("the provider's dashboard", "give the key this permission in the dashboard", "the webhook's secret")


def _split(url: str) -> SplitResult:
    """Split a URL; an invalid one has empty parts."""
    try:
        parts = urlsplit(url)
        return parts if parts.port != 0 else urlsplit("")
    except ValueError:
        return urlsplit("")


def _is_same(url: str, expected: str) -> bool:
    """Return whether both URLs lead to one route of the engine, which does not read the query."""
    theirs = _split(url)
    return bool(theirs.hostname) and (origin_of(url), theirs.path) == (origin_of(expected), _split(expected).path)


def difference(url: str, expected: str) -> str:
    """Return in which way an endpoint's URL is not the expected one."""
    theirs, ours = _split(url), _split(expected)
    if not theirs.hostname:
        return "it is no URL"
    found = []
    if theirs.scheme != ours.scheme:
        found.append(f"it begins with {theirs.scheme}: instead of {ours.scheme}:")
    if theirs.hostname != ours.hostname:
        is_www = without_www(theirs.hostname) == without_www(ours.hostname)
        with_www = "it has" if theirs.hostname.startswith("www.") else "it lacks"
        found.append(f"{with_www} the www. of the host" if is_www else f"its host is {theirs.hostname}")
    elif theirs.port != ours.port:
        found.append(f"its port is {theirs.port or 'the usual one'}")
    if theirs.path == f"{ours.path}/":
        found.append("it has a slash at its end")
    elif theirs.path != ours.path:
        found.append(f"its path is {theirs.path or '/'}")
    if theirs.query or theirs.fragment:
        found.append("it has a query")
    return " and ".join(found) or "it is written in another way"


def _nearest(endpoints: Sequence[WebhookEndpoint], expected: str) -> WebhookEndpoint | None:
    """Return the endpoint that is probably meant for this engine, although its URL is another."""
    ours = _split(expected)

    def is_near(endpoint: WebhookEndpoint) -> bool:
        theirs = _split(endpoint.url)
        has_host, has_path = without_www(theirs.hostname) == without_www(ours.hostname), theirs.path.rstrip("/") == ours.path
        return has_path or (has_host and "webhook" in theirs.path)

    by_setting = [endpoint for endpoint in endpoints if endpoint.verifies]
    near = [endpoint for endpoint in endpoints if is_near(endpoint)]
    same_host = [endpoint for endpoint in near if without_www(_split(endpoint.url).hostname) == without_www(ours.hostname)]
    return next(iter([*by_setting, *same_host, *near]), None)


def _check_exact(subject: str, place: _Place, found: Sequence[WebhookEndpoint]) -> Check:
    """Check the endpoints whose URL is right."""
    verified = [endpoint for endpoint in found if endpoint.verifies is not False]
    if not verified:
        ids = " or ".join(endpoint.id for endpoint in found)
        advice = f"copy it from the dashboard, of {ids}: {place.dashboard}"
        return failed(subject, f"{place.verifier} is not that of the endpoint at {found[0].url}", advice)
    enabled = [endpoint for endpoint in verified if endpoint.is_enabled]
    if not enabled:
        return failed(subject, f"the endpoint {verified[0].id} is disabled and sends nothing", f"enable it: {place.dashboard}")
    best = min(enabled, key=lambda endpoint: len(endpoint.missing))
    missing = [name for name in best.missing if all(name in endpoint.missing for endpoint in enabled)]
    if missing:
        detail = f"the endpoint {best.id} does not send {', '.join(missing)}"
        return failed(subject, detail, f"add {'these events' if len(missing) > 1 else 'this event'} to it: {place.dashboard}")
    version = f", in API version {best.api_version}" if best.api_version else ""
    return passed(subject, f"{best.url} gets every needed event{version}")


def _check_others(subject: str, place: _Place, endpoints: Sequence[WebhookEndpoint], expected: str) -> Check:
    """Return what is wrong if no endpoint has the expected URL."""
    is_local = _split(expected).hostname in LOOPBACK
    near = _nearest(endpoints, expected)
    if near and (not is_local or _split(near.url).hostname in LOOPBACK):
        detail = f"the endpoint {near.id} sends to {near.url}, not to {expected}: {difference(near.url, expected)}"
        return failed(subject, detail, f"correct its URL, since redirects are not followed: {place.dashboard}")
    if is_local:
        detail = "there is none for this machine, which the provider cannot reach"
        return warned(subject, detail, f"forward webhooks to {expected}, for example with a tunnel, or set PUBLIC_URL")
    others = "; those that exist send to " + ", ".join(one.url for one in endpoints[:_MAX_SHOWN]) if endpoints else ""
    return failed(subject, f"there is no endpoint for {expected}{others}", f"create it: {place.dashboard}")


async def check_endpoints(ready: PaymentStrategy, public_url: str, send: Send) -> list[Check]:
    """Check a provider's endpoints, without creating or changing any. A strategy that cannot list them is left out.

    Args:
        ready: One of the provider's strategies, whose key is accepted.
        public_url: The engine's own URL.
        send: Sends the requests.
    """
    if not isinstance(ready, ListsWebhookEndpoints):
        return []
    provider = ready.provider_name()
    subject, place = f"{provider} webhook", _PLACES.get(provider, _ELSEWHERE)
    try:
        endpoints = await drive(ready.list_webhook_endpoints(), send)
    except (ProviderError, InvalidSettings) as error:
        if isinstance(error, ProviderError) and error.status in {401, 403}:
            return [warned(subject, "not looked at: this key may not read webhook endpoints", place.permission)]
        return [warned(subject, f"not looked at: {error}", "run doctor again")]
    if isinstance(ready, KnowsWebhookUrl):  # the provider signs it, so no other one verifies
        expected = ready.webhook_url()
        exact = [endpoint for endpoint in endpoints if endpoint.url == expected]
    else:
        expected, short = f"{public_url}/webhook/{provider}", f"{public_url}/webhook"
        exact = [one for one in endpoints if _is_same(one.url, expected) or _is_same(one.url, short)]
    return [_check_exact(subject, place, exact) if exact else _check_others(subject, place, endpoints, expected)]
