"""How requests and answers are shown: where to, with which headers, and the body over several lines."""

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
    """What a webhook calls its event; empty where a request is none."""
    if not request.path.startswith("/webhook"):
        return ""
    document = parse_object(request.body)
    return next((safe_code(document.get(name)) for name in ("type", "event_type") if document.get(name)), "")


def message_title(request: HttpRequest, response: HttpResponse | None) -> tuple[str, str]:
    """What was asked, and how it was answered, in a few words each."""
    answered = _status(response) if response else "no answer came"
    there = response.header("location") if response else ""
    onward = f", on to {safe_text(there)}" if there else ""
    return f"{request.method} {safe_text(request.url)} {event_name(request)}".rstrip(), f"→ {answered}{onward}"


def _part(word: str, headers: Mapping[str, str], body: bytes) -> View:
    shown, content = safe_headers(headers), safe_body(body, headers.get("content-type", "")) if body else ""
    rows = "".join(f"<tr><th>{escape(name)}</th><td><code>{escape(value)}</code></td></tr>" for name, value in shown.items())
    count = f"{len(shown)} header{'' if len(shown) == 1 else 's'}"
    folded = f"<details><summary>{word}: {count}</summary><table>{rows}</table></details>" if shown else ""
    text = [*(f"  {name}: {value}" for name, value in shown.items()), *(f"  {line}" for line in content.splitlines())]
    return View(f"{folded}{f'<pre>{escape(content)}</pre>' if content else ''}", "\n".join([f"{word}:", *text]))


def request_view(request: HttpRequest) -> View:
    """What was sent."""
    return _part("Request", request.headers, request.body)


def answer_view(response: HttpResponse | None) -> View:
    """What came back."""
    return _part("Answer", response.headers, response.body) if response else View("", "No answer came.")


def whole_request(request: HttpRequest) -> View:
    """A request by itself."""
    part, line = request_view(request), f"{request.method} {safe_text(request.url)}"
    note = "safe to repeat" if isinstance(request, ProviderRequest) and request.idempotent else ""
    return View(f"{headline(line, note)}{part.html}", f"{line}\n{part.text}")


def whole_response(response: HttpResponse) -> View:
    """An answer by itself."""
    part = answer_view(response)
    return View(f"{headline(_status(response))}{part.html}", f"{_status(response)}\n{part.text}")
