"""HTML pages: templates, safe headers, forms.

No page has a script, an inline style or an external stylesheet, and the Content-Security-Policy forbids them.
"""

import logging
from datetime import UTC, datetime
from importlib import resources
from urllib.parse import parse_qsl, urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from lightning_cart_sandbox.money import display
from lightning_cart_sandbox.request_body import read_body

_log = logging.getLogger(__name__)
_MAX_FORM_BYTES = 64 * 1024


def format_utc(seconds: float) -> str:
    """Return Unix seconds as people read them, in UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")


_templates = Environment(
    loader=PackageLoader("lightning_cart_sandbox"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.filters["money"] = display
_templates.filters["when"] = format_utc
_ASSETS = {"sandbox.css": "text/css", "icon.svg": "image/svg+xml"}
_static = resources.files("lightning_cart_sandbox").joinpath("static")


def render(template: str, *, status: int = 200, form_targets: tuple[str, ...] = (), **values: object) -> Response:
    """Return a page.

    Args:
        template: The template's path.
        status: The HTTP status.
        form_targets: URLs that a posted form may redirect to. Chromium applies `form-action` also to the redirect after a
            POST, so without the shop's origin the buyer cannot return after paying.
        **values: The template's values.
    """
    targets = " ".join(["'self'", *dict.fromkeys(_origin(target) for target in form_targets)])
    policy = (
        "default-src 'none'; style-src 'self'; img-src 'self' https: http:; "
        f"form-action {targets}; base-uri 'none'; frame-ancestors 'none'"
    )
    headers = {
        "content-security-policy": policy,
        "referrer-policy": "same-origin",
        "x-content-type-options": "nosniff",
        "cache-control": "no-store",
    }
    return HTMLResponse(_templates.get_template(template).render(**values), status_code=status, headers=headers)


async def storage_failure_page(_: Request, error: Exception) -> Response:
    """Return the page for a state that cannot be saved. What the buyer sent had no effect."""
    _log.error("the state could not be saved: %s", error)
    message = "The sandbox could not save its state, so nothing happened. Free some space on its disk, then try again."
    return render("missing.html", status=503, message=message)


async def asset(request: Request) -> Response:
    """Return the stylesheet or the icon."""
    name = request.path_params["name"]
    if name not in _ASSETS:
        return Response(status_code=404)
    return Response(_static.joinpath(name).read_bytes(), media_type=_ASSETS[name], headers={"cache-control": "no-cache"})


async def read_form(request: Request) -> dict[str, str]:
    """Return the fields of a posted form; a body that is too long counts as empty."""
    body = await read_body(request, _MAX_FORM_BYTES) or b""
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
