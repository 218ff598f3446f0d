"""The `Database` port over D1. Each call is one round trip, however many statements it has.

https://developers.cloudflare.com/d1/worker-api/
"""

from collections.abc import Sequence
from typing import cast

from js import Reflect
from pyodide.ffi import JsException
from pyodide.ffi import to_js as to_array

from lightning_cart.domain.money import MAX_SAFE_INTEGER
from lightning_cart.errors import InvalidSettings, StorageUnavailable
from lightning_cart.ports import Row, Statement
from lightning_cart.setting_values import SettingProblem
from worker.crossing import JsValue, from_js, to_js
from worker.promises import await_js

BINDING = "DB"
NO_BINDING = SettingProblem(BINDING, "is not bound: see [[d1_databases]] in wrangler.toml")
_MAX_BOUND = MAX_SAFE_INTEGER + 1  # D1 binds JavaScript numbers: this one is still exact, the next is rounded to it


class D1Database:
    """A D1 binding as the engine's database.

    Args:
        binding: The runtime's `D1Database`.
    """

    def __init__(self, binding: JsValue) -> None:
        self._binding = binding
        self._prepared: dict[str, tuple[JsValue, JsValue]] = {}

    def _prepare(self, sql: str) -> tuple[JsValue, JsValue]:
        """Return a statement and its `bind`. The core has about 50 statements, so none is ever evicted."""
        if sql not in self._prepared:
            prepared = self._binding.prepare(sql)
            self._prepared[sql] = (prepared, prepared.bind)
        return self._prepared[sql]

    def _bind(self, statements: Sequence[Statement]) -> list[JsValue]:
        for statement in statements:
            for value in statement.values:
                if isinstance(value, int) and abs(value) > _MAX_BOUND:
                    raise StorageUnavailable(f"D1: {value} is larger than any integer that it stores exactly")
        # Not `bind(*values)`: Pyodide would convert `None` to `undefined`, which D1 refuses.
        apply, values = Reflect.apply, to_js([statement.values for statement in statements])
        prepared = [self._prepare(statement.sql) for statement in statements]
        return [apply(bind, statement, values[index]) for index, (statement, bind) in enumerate(prepared)]

    async def query(self, statement: Statement) -> Sequence[Row]:
        """Execute one statement and return its rows.

        Raises:
            StorageUnavailable: D1 refused the statement or did not respond.
        """
        try:
            (bound,) = self._bind([statement])
            return cast("Sequence[Row]", from_js(await await_js(bound.all, bound))["results"])
        except JsException as error:
            raise _unavailable(error) from error

    async def batch(self, statements: Sequence[Statement]) -> Sequence[Sequence[Row]]:
        """Execute statements in one transaction and return the rows of each.

        Raises:
            StorageUnavailable: D1 refused a statement or did not respond.
        """
        try:
            bound = to_array(self._bind(statements))
            return [result["results"] for result in from_js(await await_js(self._binding.batch, self._binding, bound))]
        except JsException as error:
            raise _unavailable(error) from error


class NoDatabase:
    """The database of a Worker without the binding: `GET /health` names it, and every route that needs it responds 503."""

    async def query(self, _statement: Statement) -> Sequence[Row]:
        """Raise `InvalidSettings`."""
        raise InvalidSettings.of([NO_BINDING])

    async def batch(self, statements: Sequence[Statement]) -> Sequence[Sequence[Row]]:
        """Raise `InvalidSettings`."""
        return [await self.query(statement) for statement in statements]


def _unavailable(error: JsException) -> StorageUnavailable:
    # D1's message may quote a statement or a value, so only its code is kept. The cause has the rest.
    return StorageUnavailable(f"D1: {str(error).partition(':')[2].partition(':')[0].strip() or 'no answer'}")
