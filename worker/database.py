"""The `Database` port over D1. Each call is one round trip, however many statements it holds.

https://developers.cloudflare.com/d1/worker-api/
"""

from collections.abc import Sequence
from typing import cast

from js import Reflect
from pyodide.ffi import JsException
from pyodide.ffi import to_js as to_array

from lightning_cart.errors import InvalidSettings, StorageUnavailable
from lightning_cart.ports import Row, Statement
from worker.crossing import JsValue, from_js, to_js
from worker.promises import await_js

BINDING = "DB"
_EXACT = 2**53  # D1 binds JavaScript's numbers: above this, neighbours become one


class D1Database:
    """A D1 binding as the engine's database.

    Args:
        binding: The runtime's `D1Database`.
    """

    def __init__(self, binding: JsValue) -> None:
        self._binding = binding
        self._prepared: dict[str, tuple[JsValue, JsValue]] = {}

    def _prepare(self, sql: str) -> tuple[JsValue, JsValue]:
        """A statement and its `bind`. The core has some fifty of them, so all are kept for the isolate's life."""
        if sql not in self._prepared:
            prepared = self._binding.prepare(sql)
            self._prepared[sql] = (prepared, prepared.bind)
        return self._prepared[sql]

    def _bound(self, statements: Sequence[Statement]) -> list[JsValue]:
        for statement in statements:
            for value in statement.values:
                if isinstance(value, int) and abs(value) > _EXACT:
                    raise StorageUnavailable(f"D1: {value} is a larger number than it keeps exactly")
        # Not `bind(*values)`: Pyodide would make `undefined` of `None`, which D1 refuses.
        apply, values = Reflect.apply, to_js([statement.values for statement in statements])
        prepared = [self._prepare(statement.sql) for statement in statements]
        return [apply(bind, statement, values[index]) for index, (statement, bind) in enumerate(prepared)]

    async def query(self, statement: Statement) -> Sequence[Row]:
        """The rows of one statement.

        Raises:
            StorageUnavailable: D1 refused it, or did not answer.
        """
        try:
            (bound,) = self._bound([statement])
            return cast("Sequence[Row]", from_js(await await_js(bound.all, bound))["results"])
        except JsException as error:
            raise _unavailable(error) from error

    async def batch(self, statements: Sequence[Statement]) -> Sequence[Sequence[Row]]:
        """The rows of each statement, all executed in one transaction: all of them, or none.

        Raises:
            StorageUnavailable: D1 refused one, or did not answer.
        """
        try:
            bound = to_array(self._bound(statements))
            return [result["results"] for result in from_js(await await_js(self._binding.batch, self._binding, bound))]
        except JsException as error:
            raise _unavailable(error) from error


class NoDatabase:
    """Stands where the binding is missing, so that `GET /health` can name it and every other route says 503."""

    async def query(self, _statement: Statement) -> Sequence[Row]:
        """Raise `InvalidSettings`."""
        raise InvalidSettings([BINDING], f"the D1 binding {BINDING} is missing: see [[d1_databases]] in wrangler.toml")

    async def batch(self, statements: Sequence[Statement]) -> Sequence[Sequence[Row]]:
        """Raise `InvalidSettings`."""
        return [await self.query(statement) for statement in statements]


def _unavailable(error: JsException) -> StorageUnavailable:
    # D1's message may quote a statement or a value; its code says enough, and the cause carries the rest.
    return StorageUnavailable(f"D1: {str(error).partition(':')[2].partition(':')[0].strip() or 'no answer'}")
