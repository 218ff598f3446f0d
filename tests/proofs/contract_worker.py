"""The Worker of `make edge` with more routes for tests: the D1 adapter's methods, D1's own count of rows, and the next run.

Nothing uploads this module.
"""

import json
import time
from typing import Any

import offline
from js import Response
from pyodide.ffi import JsException
from pyodide.ffi import to_js as to_array

from lightning_cart.errors import StorageUnavailable
from lightning_cart.ports import Statement
from worker.assembly import BINDING, D1Database
from worker.crossing import from_js
from worker.promises import await_js, run_coroutine

DOOR, SCHEDULE = "/d1/", "/scheduled"
_minutes = [0]
_now = time.time
time.time = lambda: _now() + 60 * _minutes[0]  # the engine's clock, from when it is built


async def _measured(database: D1Database, statements: list[Statement]) -> dict[str, Any]:
    """Run a batch, and return its rows with how many rows D1 read and wrote for it."""
    binding = database._binding
    try:
        results = from_js(await await_js(binding.batch, binding, to_array(database._bind(statements))))
    except JsException as error:
        return {"error": str(error)}  # whole, because a test of a statement needs to know what is wrong with it
    counted = {name: sum(result["meta"][name] for result in results) for name in ("rows_read", "rows_written")}
    return {"rows": [result["results"] for result in results], **counted}


async def _run(database: D1Database, method: str, statements: list[Statement]) -> dict[str, Any]:
    if method == "measure":
        return await _measured(database, statements)
    try:
        return {"rows": await database.batch(statements) if method == "batch" else [await database.query(statements[0])]}
    except StorageUnavailable as error:
        return {"error": str(error)}


async def _run_schedule(env: Any, ctx: Any) -> None:
    """Run the schedule in three minutes, one after another, so that each kind of work has its turn."""
    try:
        for _minutes[0] in range(3):
            await offline._entry.Default(ctx, env).scheduled(None)
    finally:
        _minutes[0] = 0


async def on_fetch(request: Any, env: Any, ctx: Any) -> Any:
    """Run statements or the schedule, or respond as the engine does."""
    if request.url.endswith(SCHEDULE):
        await _run_schedule(env, ctx)
        return Response.new("")
    _, is_ours, method = request.url.partition(DOOR)
    if not is_ours:
        return await offline.on_fetch(request, env, ctx)
    statements = [Statement(sql, tuple(values)) for sql, values in json.loads(await request.text())]
    answer = await run_coroutine(_run(D1Database(getattr(env, BINDING)), method, statements))
    return Response.new(json.dumps(answer))
