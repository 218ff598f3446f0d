"""The offline runtime's main module, with a timer and with access to its D1.

A request that names the seconds since now runs the timer; one that names a statement has it executed, or is the probe's.
"""

import time
from importlib import import_module

_since = [0]
_now = time.time
time.time = lambda: _now() + _since[0]

# The engine takes its clock when it is imported, and needs what the first of these puts in place.
_answer = import_module("offline").on_fetch
_entry, _probe, _workers = (import_module(name) for name in ("entry", "probe", "workers"))


async def _run_timer(later: int, env: object, ctx: object) -> None:
    """Run the timer in three minutes, one after another, so that each kind of work has its turn."""
    try:
        for minute in range(3):
            _since[0] = later + 60 * minute
            await _entry.Default(ctx, env).scheduled(None, env, ctx)
    finally:
        _since[0] = 0


async def on_fetch(request: object, env: object, ctx: object) -> object:
    """Respond to a request, or run a command of the test."""
    later, statement, told = request.headers.get("x-timer"), request.headers.get("x-statement"), "done"
    if later:
        await _run_timer(int(later), env, ctx)
    elif statement == "probe":
        told = await _probe.probe(env.DB)
    elif statement:
        await env.DB.prepare(statement).run()
    else:
        return await _answer(request, env, ctx)
    return _workers.Response(told).js_object
