"""Views of requests and responses: URL, headers and body."""

from collections.abc import Mapping
from html import escape
from http import HTTPStatus

from lightning_cart.flow import ProviderRequest
from lightning_cart.http import HttpRequest, HttpResponse
from lightning_cart.providers.untrusted_json import parse_object, safe_code
from lightning_cart_notebook.masking import safe_body, safe_headers, safe_text
from lightning_cart_notebook.view import View, headline


def _status(response: HttpResponse) -> str:
    known = response.status in HTTPStatus.__members__.values()
    return f"{response.status} {HTTPStatus(response.status).phrase}" if known else str(response.status)


def event_name(request: HttpRequest) -> str:
    """Return the event type of a webhook, or an empty string for any other request."""
    if not request.path.startswith("/webhook"):
        return ""
    document = parse_object(request.body)
    return next((safe_code(document.get(name)) for name in ("type", "event_type") if document.get(name)), "")


def message_title(request: HttpRequest, response: HttpResponse | None) -> tuple[str, str]:
    """Return one line for the request and one for the response."""
    status = _status(response) if response else "no response"
    location = response.header("location") if response else ""
    redirect = f", on to {safe_text(location)}" if location else ""
    return f"{request.method} {safe_text(request.url)} {event_name(request)}".rstrip(), f"→ {status}{redirect}"


def _part(title: str, headers: Mapping[str, str], body: bytes) -> View:
    shown, content = safe_headers(headers), safe_body(body, headers.get("content-type", "")) if body else ""
    rows = "".join(f"<tr><th>{escape(name)}</th><td><code>{escape(value)}</code></td></tr>" for name, value in shown.items())
    count = f"{len(shown)} header{'' if len(shown) == 1 else 's'}"
    folded = f"<details><summary>{title}: {count}</summary><table>{rows}</table></details>" if shown else ""
    text = [*(f"  {name}: {value}" for name, value in shown.items()), *(f"  {line}" for line in content.splitlines())]
    return View(f"{folded}{f'<pre>{escape(content)}</pre>' if content else ''}", "\n".join([f"{title}:", *text]))


def request_view(request: HttpRequest) -> View:
    """Return the view of a request's headers and body."""
    return _part("Request", request.headers, request.body)


def response_view(response: HttpResponse | None) -> View:
    """Return the view of a response's headers and body."""
    return _part("Response", response.headers, response.body) if response else View("", "No response.")


def whole_request(request: HttpRequest) -> View:
    """Return the view of a request without a response."""
    part, line = request_view(request), f"{request.method} {safe_text(request.url)}"
    note = "safe to repeat" if isinstance(request, ProviderRequest) and request.idempotent else ""
    return View(f"{headline(line, note)}{part.html}", f"{line}\n{part.text}")


def whole_response(response: HttpResponse) -> View:
    """Return the view of a response without a request."""
    part = response_view(response)
    return View(f"{headline(_status(response))}{part.html}", f"{_status(response)}\n{part.text}")
