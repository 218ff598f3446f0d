"""Runs the Worker on the offline runtime of `make edge`, which is older than the SDK and has no entrypoint classes.

Stubs replace what the SDK expects from a current runtime, and each request goes to the real `Default`. Never uploaded.
"""

import asyncio
import sys
from collections.abc import Awaitable
from importlib import import_module
from types import ModuleType, SimpleNamespace
from typing import Any

from pyodide.ffi import create_proxy

from lightning_cart.web.app import WEBHOOK_LIMIT


def _stub(name: str, **attributes: object) -> None:
    module = ModuleType(name)
    module.__dict__.update(attributes)
    sys.modules[name] = module


def _ignore(_ctx: object) -> None:
    pass


_stub("_pyodide_entrypoint_helper", patchWaitUntil=_ignore, cloudflareWorkersModule=None, cloudflareSocketsModule=None)
_stub("_cloudflare_compat_flags", python_request_headers_preserve_commas=True, python_workflows_implicit_dependencies=True)
_workers, _entry = import_module("workers"), import_module("entry")  # must run after the stubs


def _context(ctx: Any) -> SimpleNamespace:  # noqa: ANN401 - the runtime's own
    """Return a request's context whose `waitUntil` accepts Python's awaitables, as a current runtime's does."""

    def wait_until(work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        proxy = create_proxy(task)
        task.add_done_callback(lambda _: proxy.destroy())
        ctx.waitUntil(proxy)

    return SimpleNamespace(waitUntil=wait_until)


def _may_be_truncated(request: Any) -> bool:  # noqa: ANN401 - the runtime's own
    length = request.headers.get("content-length") if request.method not in {"GET", "HEAD"} else "0"
    return not length or int(length) > WEBHOOK_LIMIT


async def on_fetch(request: Any, env: Any, ctx: Any) -> Any:  # noqa: ANN401 - the runtime's own
    """Answer one request."""
    # After a body that was not read to its end, wrangler's proxy fails the connection's next request.
    whole = request.clone() if _may_be_truncated(request) else None
    response = await _entry.Default(_context(ctx), env).fetch(_workers.Request(request))
    if whole is not None:
        await whole.arrayBuffer()
    return response
