"""Every statement of the engine is one text for all databases, and finds its rows by an index."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lightning_cart import storage
from lightning_cart.ports import SqlValue
from lightning_cart.storage import dialect
from lightning_cart.storage.sql import Sql
from support.databases import TABLES, MemoryDatabase
from support.statements import VALUES, every_statement

STATEMENTS = every_statement()
DATABASE = MemoryDatabase()
WORDS = {word: value for word, value in vars(dialect).items() if word.isupper()}
STORAGE = [path for path in sorted(Path(storage.__path__[0]).glob("*.py")) if path.stem != "dialect"]
each_statement = pytest.mark.parametrize("sql", [pytest.param(sql, id=name) for name, sql in STATEMENTS.items()])


def types_of_columns() -> dict[str, str]:
    """Return the type of each column of each table, by `table.column`."""
    return {
        f"{table}.{row['name']}": str(row["type"])
        for table in TABLES
        for row in DATABASE.connection.execute(f"PRAGMA table_xinfo({table})")
    }


TYPES = types_of_columns()
COLUMNS = {column.partition(".")[2] for column in TYPES}
NUMBERS = {column.partition(".")[2] for column, type_ in TYPES.items() if type_ == "INTEGER"}
TEXTS = {column.partition(".")[2] for column, type_ in TYPES.items() if type_ == "TEXT"}


def test_there_are_statements_to_look_at() -> None:
    assert len(STATEMENTS) > 100
    assert {"outbox _CLAIM", "reconcile_queue _PAID", "reviews _CLOSE kept", "refunds _INSERT"} <= set(STATEMENTS)


# In a process of its own, because other tests and the host have statements, too.
ALL_TEXTS = """
import gc, importlib, json, pkgutil, lightning_cart
from lightning_cart.storage.sql import Sql
for module in pkgutil.walk_packages(lightning_cart.__path__, "lightning_cart."):
    importlib.import_module(module.name)
print(json.dumps([one.sql for one in gc.get_objects() if isinstance(one, Sql)]))
"""


def test_no_statement_of_the_package_is_left_out() -> None:
    done = subprocess.run([sys.executable, "-c", ALL_TEXTS], capture_output=True, text=True, check=True)
    texts = {sql.sql for sql in STATEMENTS.values()}
    assert set(json.loads(done.stdout)) - texts == set()


# ---- how much is read


# A partial index holds only what waits, and that is what is read.
QUEUES = ("events_parked", "refunds_unfinished", "orders_to_review", "outbox_due", "orders_never_asked")
# What a person reads, newest first: it stops at its limit.
NEWEST = {STATEMENTS["orders _LIST_ALL"].sql}
# What monitoring counts of the newest messages: it stops at its limit, too.
COUNTED = STATEMENTS["queue_lengths _DEAD"].sql


def plan(sql: str) -> list[str]:
    """Return the steps in which SQLite goes through a statement's tables."""
    rows = DATABASE.connection.execute(f"EXPLAIN QUERY PLAN {sql}", [None] * sql.count("?"))
    return [str(row["detail"]) for row in rows]


def whole_scans(sql: str) -> list[str]:
    """Return the steps that go through a whole table or index."""
    names = {*TABLES, *re.findall(rf"\b(?:{'|'.join(TABLES)}) AS (\w+)", sql)}
    return [step for step in plan(sql) if step.startswith("SCAN") and step.split()[1] in names]


def is_bounded(step: str) -> bool:
    """Return whether a scan reads a queue."""
    return any(step.endswith((f"INDEX {queue}", f"COVERING INDEX {queue}")) for queue in QUEUES)


@each_statement
def test_no_statement_reads_a_whole_table(sql: Sql) -> None:
    scans = [] if sql.sql in NEWEST | {COUNTED} else whole_scans(sql.sql)
    assert [step for step in scans if not is_bounded(step)] == []


@pytest.mark.parametrize("sql", sorted(NEWEST))
def test_the_list_of_all_orders_goes_through_the_key_and_stops_at_its_limit(sql: str) -> None:
    assert ("ORDER BY o.id DESC LIMIT ?" in sql, whole_scans(sql)) == (True, ["SCAN o USING INDEX sqlite_autoindex_orders_1"])


def test_the_newest_messages_are_counted_by_the_key_up_to_a_limit() -> None:
    assert ("channel DESC LIMIT 10000" in COUNTED, whole_scans(COUNTED)) == (True, ["SCAN outbox"])


@each_statement
def test_what_goes_through_a_queue_stops_at_its_limit_or_ends_it(sql: Sql) -> None:
    if any(map(is_bounded, whole_scans(sql.sql))):
        assert "LIMIT" in sql.sql or sql.sql.startswith("DELETE FROM events WHERE verdict = 'parked'")


IN_ORDER = ("reconcile_queue ", "orders _LIST", "outbox _CLAIM", *(f"order_search_statements {name}" for name in "NLT"))
# At most MAX_COUNTED orders of an amount, and twice as many of an address as are wanted.
SORTED = {f"order_search_statements {name} {by}" for name in ("NEWEST_FIRST", "TEXTS") for by in ("amount", "email")}


@pytest.mark.parametrize("name", [name for name in STATEMENTS if name.startswith(IN_ORDER) and name not in SORTED])
def test_what_reads_a_part_of_the_orders_or_messages_takes_them_in_the_order_of_an_index(name: str) -> None:
    assert [step for step in plan(STATEMENTS[name].sql) if "TEMP B-TREE" in step] == []


# ---- one text for all databases


def closing(sql: str, start: int) -> int:
    """Return the position after the bracket that closes the one at `start`."""
    depth = 0
    for position in range(start, len(sql)):
        depth += {"(": 1, ")": -1}.get(sql[position], 0)
        if not depth:
            return position + 1
    raise AssertionError(sql)


def split(text: str) -> list[str]:
    """Return the parts of a text between its commas, those in brackets left out."""
    parts, depth = [""], 0
    for char in text:
        depth += {"(": 1, ")": -1}.get(char, 0)
        if char == "," and not depth:
            parts.append("")
        else:
            parts[-1] += char
    return [part.strip() for part in parts]


def calls(sql: str, function: str) -> Iterator[str]:
    """Yield the arguments of each call of a function."""
    for match in re.finditer(rf"\b{function}\s*\(", sql, re.IGNORECASE):
        yield sql[match.end() : closing(sql, match.end() - 1) - 1]


@each_statement
def test_is_compares_with_null_alone_and_else_says_distinct_from(sql: Sql) -> None:
    assert re.findall(r"\bIS (?!(?:NOT )?(?:NULL\b|DISTINCT FROM\b)).{0,20}", sql.sql) == []


@each_statement
def test_max_and_min_are_aggregates_alone(sql: Sql) -> None:
    found = [arguments for name in ("MAX", "MIN") for arguments in calls(sql.sql, name)]
    assert [arguments for arguments in found if len(split(arguments)) > 1] == []


@pytest.mark.parametrize("path", STORAGE, ids=lambda path: path.name)
def test_what_databases_say_differently_is_a_word_of_the_dialect(path: Path) -> None:
    own = {
        *WORDS.values(),
        "json_object",
        "json_each",
        "json_array",
        "json_extract",
        "jsonb_",
        "group_concat",
        "ifnull",
        "iif(",
    }
    source = path.read_text(encoding="utf-8").lower()
    assert [word for word in own if word in source] == []


@each_statement
def test_no_list_of_values_is_unpacked_from_json(sql: Sql) -> None:
    assert "json_each" not in sql.sql


@each_statement
def test_a_derived_table_has_a_name_and_so_have_its_columns(sql: Sql) -> None:
    for match in re.finditer(r"\b(?:FROM|JOIN) \(", sql.sql):
        start, end = match.end() - 1, closing(sql.sql, match.end() - 1)
        assert re.match(r" AS \w+", sql.sql[end:]), sql.sql[start : end + 20]
        assert not re.match(r"\(SELECT (\d+|NULL)[ ,)](?!AS)", sql.sql[start:end])


@each_statement
def test_a_sum_that_is_returned_is_a_whole_number(sql: Sql) -> None:
    if sql.sql.startswith("SELECT"):
        cast = " ".join(arguments for arguments in calls(sql.sql, "CAST") if arguments.endswith(" AS BIGINT"))
        assert len([*calls(sql.sql, "SUM")]) == len([*calls(cast, "SUM")])
    assert "RETURNING" not in sql.sql or "SUM(" not in sql.sql.rpartition("RETURNING")[2]


@each_statement
def test_a_column_on_the_right_of_do_update_has_its_table(sql: Sql) -> None:
    update = sql.sql.partition(" DO UPDATE SET ")[2]
    values = re.sub(r"(^|, )\w+ = ", r"\1", re.sub(r"'[^']*'", "''", update))
    bare = re.findall(r"(?<![.\w])([a-z_]+)(?![.\w(])", values)
    assert [name for name in bare if name in COLUMNS] == []


@each_statement
def test_a_condition_is_never_a_bare_number(sql: Sql) -> None:
    without_between = re.sub(r"BETWEEN \S+ AND \S+", "", sql.sql)
    assert re.findall(r"\b(?:WHERE|AND|OR|NOT|ON) [01]\b(?! [-+*/<>=])", without_between) == []


@each_statement
def test_a_number_becomes_a_text_by_a_cast(sql: Sql) -> None:
    numbers = "|".join(sorted(NUMBERS - TEXTS))
    assert re.findall(rf"\|\| (?:\w+\.)?(?:{numbers})\b|\b(?:\w+\.)?(?:{numbers}) \|\|", sql.sql) == []


@each_statement
def test_a_number_that_is_bound_becomes_a_whole_number_before_it_becomes_a_text(sql: Sql) -> None:
    texts = [arguments for arguments in calls(sql.sql, "CAST") if arguments.endswith(" AS TEXT")]
    assert [text for text in texts if re.search(r"(^|THEN |ELSE )\?", text)] == []


def stored(sql: Sql) -> Iterator[tuple[str, SqlValue]]:
    """Yield `table.column` and the value of each parameter that a statement stores as it is."""
    names = iter(sql.names)
    text = re.sub(r"\?", lambda _: f":{next(names)}", sql.sql)
    table = re.match(r"(?:INSERT INTO|UPDATE) (\w+)", text)
    if not table:
        return
    if insert := re.match(r"INSERT INTO \w+ ?\(", text):
        end = closing(text, insert.end() - 1)
        given = re.match(r" (?:VALUES \((.*?)\)(?: ON| RETURNING|$)|SELECT (.*?)(?: FROM .*)?$)", text[end:])
        assert given, text
        values = split(next(filter(None, given.groups())))
        columns = split(text[insert.end() : end - 1])
        yield from (
            (f"{table[1]}.{column}", VALUES[value[1:]])
            for column, value in zip(columns, values, strict=False)
            if re.fullmatch(r":\w+", value)
        )
    assigned = text.partition(" SET")[2].partition(" WHERE ")[0]
    for column, value in re.findall(r"[ ,](\w+) = :(\w+)(?=[, ]|$)", assigned):
        yield f"{table[1]}.{column}", VALUES[value]


@each_statement
def test_a_parameter_is_stored_as_what_it_is(sql: Sql) -> None:
    kinds = {"INTEGER": int, "TEXT": str}
    ambiguous = {"outbox.last_status"}  # the parameter of this name is a text elsewhere
    wrong = [(column, value) for column, value in stored(sql) if not isinstance(value, kinds[TYPES[column]])]
    assert [column for column, _ in wrong if column not in ambiguous] == []


def test_what_is_stored_is_seen() -> None:
    seen = {column for sql in STATEMENTS.values() for column, _ in stored(sql)}
    assert {"reconciling.value", "orders.busy_until", "events.amount_minor", "operator_log.at", "refunds.reason"} <= seen


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 1 FROM orders AS o WHERE o.currency IS :currency",
        "SELECT 1 FROM orders AS o WHERE o.currency IS NOT :currency",
    ],
)
def test_a_comparison_by_is_would_be_found(text: str) -> None:
    with pytest.raises(AssertionError):
        test_is_compares_with_null_alone_and_else_says_distinct_from(Sql(text))


@pytest.mark.parametrize(
    ("check", "text"),
    [
        (test_max_and_min_are_aggregates_alone, "UPDATE orders SET looked_at = MAX(looked_at, :now)"),
        (
            test_a_derived_table_has_a_name_and_so_have_its_columns,
            "SELECT * FROM (SELECT 1 AS n) LEFT JOIN orders AS o ON TRUE",
        ),
        (test_a_derived_table_has_a_name_and_so_have_its_columns, "SELECT * FROM (SELECT 1) AS one"),
        (test_a_sum_that_is_returned_is_a_whole_number, "SELECT COALESCE(SUM(p.at), 0) AS n FROM payments AS p"),
        (
            test_a_column_on_the_right_of_do_update_has_its_table,
            "INSERT INTO stock (sku) VALUES (:id) ON CONFLICT (sku) DO UPDATE SET held = held + 1",
        ),
        (test_a_condition_is_never_a_bare_number, "SELECT 1 AS n FROM orders WHERE 1"),
        (test_a_number_becomes_a_text_by_a_cast, "SELECT 'order.refunded:' || o.refunded_minor AS n FROM orders AS o"),
        (
            test_a_number_that_is_bound_becomes_a_whole_number_before_it_becomes_a_text,
            "UPDATE reconciling SET value = CAST(:first AS TEXT)",
        ),
        (test_a_parameter_is_stored_as_what_it_is, "INSERT INTO reconciling (name, value) VALUES ('provider', :first)"),
        (test_a_parameter_is_stored_as_what_it_is, "UPDATE reconciling SET value = :first, until = :now WHERE name = :name"),
        (test_no_statement_reads_a_whole_table, "SELECT * FROM orders WHERE total_minor = :amount_minor"),
    ],
)
def test_what_only_some_databases_take_would_be_found(check: object, text: str) -> None:
    assert callable(check)
    with pytest.raises(AssertionError):
        check(Sql(text))
