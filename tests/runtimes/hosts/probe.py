"""Calls a D1 binding in many ways and returns comparable results; runs on each D1."""

import json
import re

from pyodide.ffi import JsException, to_js

from worker.crossing import from_js

STATEMENTS = (
    "CREATE TABLE probe (id TEXT PRIMARY KEY, number INTEGER, parent TEXT REFERENCES probe (id))",
    "INSERT INTO probe VALUES ('a', 1, NULL), ('b', 2, 'a')",
    "SELECT * FROM probe ORDER BY id",
    "SELECT 1 AS one, NULL AS nil, 'Ñandú 🫖' AS text, 1.5 AS real, x'00ff' AS bytes",
    "SELECT 9007199254740991 AS largest",
    "INSERT INTO probe VALUES ('a', 3, NULL)",
    "INSERT INTO probe VALUES ('c', 3, 'nobody')",
    "UPDATE probe SET number = number + 1",
    "DELETE FROM probe WHERE id = 'z' RETURNING id",
    "SELECT * FROM nowhere",
    "SELECT",
)
BOUND = (1, 1.5, "text", True, None, 2**53 + 1, list(range(3)))


async def _tell(call: object) -> object:
    try:
        value = await call()
    except JsException as error:
        return re.sub(r" at offset \d+", "", str(error).splitlines()[0])
    return None if value is None else from_js(value)


def _plain(result: object) -> object:
    """Return a result without its duration and the size of the file, which vary."""
    if not isinstance(result, dict):
        return result
    return {"results": result["results"], "success": result["success"], "changes": result["meta"]["changes"]}


async def probe(database: object) -> str:
    """Make every call, and return each result as JSON."""
    told = {sql: _plain(await _tell(database.prepare(sql).all)) for sql in STATEMENTS}
    kind = database.prepare("SELECT typeof(?) AS kind, ? AS value")
    for value in BOUND:
        given = to_js(value)
        told[f"bound {value!r}"] = _plain(await _tell(lambda given=given: kind.bind(given, given).all()))
    many = database.prepare(f"SELECT {', '.join('?' * 101)}")
    told["101 values"] = await _tell(lambda: many.bind(*range(101)).all())
    names = database.prepare("SELECT id, number FROM probe ORDER BY id")
    told["first"] = await _tell(names.first)
    told["first of a column"] = await _tell(lambda: names.first("number"))
    told["first of none"] = await _tell(database.prepare("SELECT 1 WHERE 0").first)
    told["raw"] = await _tell(names.raw)
    told["run"] = _plain(await _tell(names.run))
    halves = [database.prepare(f"INSERT INTO probe VALUES ('{name}', 0, NULL)") for name in ("new", "a")]
    told["half a batch"] = await _tell(lambda: database.batch(to_js(halves)))
    told["after it"] = _plain(await _tell(names.all))
    told["batch"] = [_plain(one) for one in await _tell(lambda: database.batch(to_js([names, names])))]
    await database.prepare("DROP TABLE probe").run()
    return json.dumps(told)
