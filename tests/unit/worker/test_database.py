"""The D1 adapter: one conversion and one round trip per call, and one exception for every failure."""

import asyncio
from typing import Any

import pytest

from lightning_cart.errors import InvalidSettings, StorageUnavailable
from lightning_cart.ports import Statement
from support.javascript import D1
from worker.database import D1Database, NoDatabase
from worker.promises import run_coroutine


@pytest.fixture
def d1() -> D1:
    return D1()


def query(d1: D1, sql: str, *values: Any) -> Any:
    return asyncio.run(run_coroutine(D1Database(d1).query(Statement(sql, values))))


def test_rows_are_plain_values(d1: D1) -> None:
    assert query(d1, "SELECT ? AS a, ? AS b, ? AS c", 3, "ü", None) == [{"a": 3, "b": "ü", "c": None}]


def test_a_batch_is_one_round_trip(d1: D1) -> None:
    rows = asyncio.run(run_coroutine(D1Database(d1).batch([Statement("SELECT ? AS a", (1,)), Statement("SELECT 2 AS a")])))
    assert (rows, d1.memory.round_trips) == ([[{"a": 1}], [{"a": 2}]], 1)


def test_a_statement_is_prepared_once_and_bound_every_time(d1: D1) -> None:
    database = D1Database(d1)
    found = [asyncio.run(run_coroutine(database.query(Statement("SELECT ? AS a", (value,))))) for value in (1, 2)]
    assert (found, d1.prepared) == ([[{"a": 1}], [{"a": 2}]], ["SELECT ? AS a"])


def test_a_batch_is_all_or_nothing(d1: D1) -> None:
    put = Statement("INSERT INTO reconciling (name, value) VALUES ('cursor', 'x')")
    with pytest.raises(StorageUnavailable):
        asyncio.run(run_coroutine(D1Database(d1).batch([put, Statement("INSERT INTO nowhere VALUES (1)")])))
    assert d1.memory.count("reconciling") == 0


@pytest.mark.parametrize("sql", ["SELEC", "SELECT * FROM nowhere"])
def test_a_refusal_is_told_without_what_it_quotes(d1: D1, sql: str) -> None:
    with pytest.raises(StorageUnavailable, match=r"^D1: D1_ERROR$"):
        query(d1, sql)


def test_silence_is_told_without_what_it_quotes(d1: D1) -> None:
    d1.memory.broken = True
    with pytest.raises(StorageUnavailable) as caught:
        query(d1, "SELECT 1")
    assert "sk_live" not in str(caught.value)


@pytest.mark.parametrize("number", [2**53, -(2**53)])
def test_every_number_that_d1_keeps_exactly_comes_back(d1: D1, number: int) -> None:
    assert query(d1, "SELECT ? AS a", number) == [{"a": number}]


@pytest.mark.parametrize("number", [2**53 + 1, -(2**53) - 1, 2**80])
def test_a_number_that_d1_would_change_is_never_written(d1: D1, number: int) -> None:
    with pytest.raises(StorageUnavailable, match="larger than any integer that it stores exactly"):
        query(d1, "SELECT ? AS a", number)
    assert d1.memory.round_trips == 0


def test_where_there_is_no_database_its_binding_is_named() -> None:
    for attempt in (NoDatabase().query(Statement("SELECT 1")), NoDatabase().batch([Statement("SELECT 1")])):
        with pytest.raises(InvalidSettings) as caught:
            asyncio.run(attempt)
        assert caught.value.names == ("DB",)
