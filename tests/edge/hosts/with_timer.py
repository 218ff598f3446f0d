"""The offline runtime's main module, with what that runtime lacks: its timer, and a hand on its D1.

A request that names the seconds since now runs the timer; one that names a statement has it executed.
"""

import time

_since = [0]
_now = time.time
time.time = lambda: _now() + _since[0]

from offline import entry  # noqa: E402 - the engine takes its clock when it is imported
from offline import on_fetch as answer  # noqa: E402
from workers import Response  # noqa: E402


async def _run_timer(later: int, env: object, ctx: object) -> None:
    _since[0] = later
    try:
        await entry.Default(ctx, env).scheduled(None, env, ctx)
    finally:
        _since[0] = 0


async def on_fetch(request: object, env: object, ctx: object) -> object:
    """Answer one request, or do as a test says."""
    later, statement = request.headers.get("x-timer"), request.headers.get("x-statement")
    if later:
        await _run_timer(int(later), env, ctx)
    elif statement:
        await env.DB.prepare(statement).run()
    else:
        return await answer(request, env, ctx)
    return Response("done").js_object
