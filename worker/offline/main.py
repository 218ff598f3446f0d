"""Runs the Worker on the offline runtime of `make edge`, which is older than the SDK and knows no entrypoint classes.

Never part of an upload. What the SDK expects of a current runtime stands in its place here, and each request goes to the real
`Default`.
"""

import asyncio
import sys
from collections.abc import Awaitable
from importlib import import_module
from types import ModuleType, SimpleNamespace
from typing import Any

from pyodide.ffi import create_proxy

from lightning_cart.web.app import WEBHOOK_LIMIT


def _stand_in(name: str, **attributes: object) -> None:
    module = ModuleType(name)
    module.__dict__.update(attributes)
    sys.modules[name] = module


def _ignore(_ctx: object) -> None:
    pass


_stand_in("_pyodide_entrypoint_helper", patchWaitUntil=_ignore, cloudflareWorkersModule=None, cloudflareSocketsModule=None)
_stand_in("_cloudflare_compat_flags", python_request_headers_preserve_commas=True, python_workflows_implicit_dependencies=True)
_workers, _entry = import_module("workers"), import_module("entry")  # as the stand-ins must be there first


def _context(ctx: Any) -> SimpleNamespace:  # noqa: ANN401 - the runtime's own
    """The request's context, which lets Python's work go on behind the answer as a current runtime's does."""

    def wait_until(work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        proxy = create_proxy(task)
        task.add_done_callback(lambda _: proxy.destroy())
        ctx.waitUntil(proxy)

    return SimpleNamespace(waitUntil=wait_until)


def _may_be_cut(request: Any) -> bool:  # noqa: ANN401 - the runtime's own
    length = request.headers.get("content-length") if request.method not in {"GET", "HEAD"} else "0"
    return not length or int(length) > WEBHOOK_LIMIT


async def on_fetch(request: Any, env: Any, ctx: Any) -> Any:  # noqa: ANN401 - the runtime's own
    """Answer one request."""
    # Behind a body that was not read to its end, wrangler's proxy fails the connection's next request.
    whole = request.clone() if _may_be_cut(request) else None
    answer = await _entry.Default(_context(ctx), env).fetch(_workers.Request(request))
    if whole is not None:
        await whole.arrayBuffer()
    return answer
