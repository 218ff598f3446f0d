"""Runs the Worker on the offline runtime of `make edge`, which is older than the SDK and knows no entrypoint classes.

Never part of an upload. What the SDK expects of a current runtime is put in its place, and each request goes to the real `Default`.
"""

import asyncio
import sys
from types import ModuleType, SimpleNamespace

_HELPER, _FLAGS = ModuleType("_pyodide_entrypoint_helper"), ModuleType("_cloudflare_compat_flags")
_HELPER.patchWaitUntil = lambda _ctx: None
_HELPER.cloudflareWorkersModule = _HELPER.cloudflareSocketsModule = None
_FLAGS.python_request_headers_preserve_commas = True
_FLAGS.python_workflows_implicit_dependencies = True
sys.modules |= {module.__name__: module for module in (_HELPER, _FLAGS)}

from pyodide.ffi import create_proxy  # noqa: E402 - after what the SDK needs
from workers import Request  # noqa: E402

import entry  # noqa: E402


def _context(ctx):
    def wait_until(work):
        task = asyncio.ensure_future(work)
        proxy = create_proxy(task)
        task.add_done_callback(lambda _: proxy.destroy())
        ctx.waitUntil(proxy)

    return SimpleNamespace(waitUntil=wait_until)


async def on_fetch(request, env, ctx):
    """Answer one request."""
    return await entry.Default(_context(ctx), env).fetch(Request(request))
