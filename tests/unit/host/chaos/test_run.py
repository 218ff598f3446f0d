"""Whole chaos runs: every order ends as the ledger says, and a wrong one is named."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from lightning_cart_host.chaos import run
from lightning_cart_host.chaos.servers import ChaosServers
from lightning_cart_sandbox.chaos.dial import DELIVERY

type Cli = Callable[..., tuple[int, str, str]]


def chaos(lightning_cart: Cli, *arguments: str) -> tuple[int, str, str]:
    return lightning_cart("chaos", "--buyers", "20", "--seed", "3", "--crowded", "0", "--result", "chaos.json", *arguments)


@pytest.mark.process
def test_every_order_of_engines_that_are_killed_ends_as_the_ledger_says(lightning_cart: Cli) -> None:
    """Three engines share PostgreSQL: they are killed in turns, and it is restarted twice."""
    status, out, err = chaos(lightning_cart, "--orders", "500", "--engines", "3", "--postgres", "--json")
    result = json.loads(out)
    assert (status, result["wrong"], result["doubled"], result["loops_twice"]) == (0, [], 0, []), err
    assert result["orders_minor"] == result["books_minor"] > 0
    assert result["reconciler"]["quiet"]
    assert (result["database"], len(result["healing_seconds"])) == ("postgresql", 2)
    assert min(result["kills"], result["loop_changes"]) > 0
    assert sum(sum(counts.values()) for counts in result["statuses"].values()) == 500
    assert {"paid", "partially_refunded", "refunded", "expired"} <= set().union(*result["statuses"].values())
    assert result["reconciler_during"]["runs"] > 0
    assert min(result["tips_minor"], result["disputes"], result["foreign_events"]) > 0
    assert set(result["faults"]) >= set(DELIVERY)
    assert json.loads(Path("chaos.json").read_text(encoding="utf-8")) == result


@pytest.mark.process
def test_a_wrong_order_is_named_with_how_to_reproduce_it(lightning_cart: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    touched: list[str] = []

    def steal_a_cent(servers: ChaosServers) -> None:
        with closing(sqlite3.connect(servers.database, isolation_level=None)) as database:
            (order_id,) = database.execute("SELECT id FROM orders WHERE status = 'paid' AND tip_minor = 0 LIMIT 1").fetchone()
            database.execute("UPDATE orders SET refunded_minor = 1 WHERE id = ?", (order_id,))
        touched.append(order_id)

    monkeypatch.setattr(run, "run_chaos", partial(run.run_chaos, tamper=steal_a_cent))
    status, out, _ = chaos(lightning_cart, "--orders", "12")
    told = " ".join(out.split())
    assert status == 1
    assert f"{touched[0]}: it has 1000 paid, 0 tip and 1 refunded, the ledger 1000, 0 and 0" in told
    assert 'make chaos ARGS="--orders 12 --seed 3"' in told


def test_an_existing_folder_is_not_written_into(lightning_cart: Cli) -> None:
    status, _, err = chaos(lightning_cart, "--keep", ".")
    assert (status, "--keep needs a new folder" in err) == (2, True)
