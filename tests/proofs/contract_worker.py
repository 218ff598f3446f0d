"""The Worker of `make edge` with two more routes for tests: the D1 adapter's methods, and the next scheduled run.

Nothing uploads this module.
"""

import json
from typing import Any

import offline
from js import Response

from lightning_cart.errors import StorageUnavailable
from lightning_cart.ports import Statement
from worker.assembly import BINDING, D1Database
from worker.promises import run_coroutine

DOOR, SCHEDULE = "/d1/", "/scheduled"


async def _rows(database: D1Database, method: str, statements: list[Statement]) -> object:
    return await database.batch(statements) if method == "batch" else [await database.query(statements[0])]


async def on_fetch(request: Any, env: Any, ctx: Any) -> Any:
    """Run statements or the schedule, or respond as the engine does."""
    if request.url.endswith(SCHEDULE):
        await offline._entry.Default(ctx, env).scheduled(None)
        return Response.new("")
    _, is_ours, method = request.url.partition(DOOR)
    if not is_ours:
        return await offline.on_fetch(request, env, ctx)
    statements = [Statement(sql, tuple(values)) for sql, values in json.loads(await request.text())]
    try:
        answer = {"rows": await run_coroutine(_rows(D1Database(getattr(env, BINDING)), method, statements))}
    except StorageUnavailable as error:
        answer = {"error": str(error)}
    return Response.new(json.dumps(answer))
