"""What a list or a search of orders, or a look at their changes, reads does not depend on how many orders there are."""

import os
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from lightning_cart.domain.order import OrderStatus
from lightning_cart.ports import Statement
from lightning_cart.storage.order_changes import changed_orders
from lightning_cart.storage.order_search import OrderFilter, OrderSearch
from lightning_cart_host.chaos.local_postgres import LocalPostgres
from proofs.counted_postgres import SLACK, CountedPostgres
from proofs.many_orders import MANY, MOST, CountedDatabase, CountedSqlite
from proofs.searched_orders import RARE, add_orders, created_at, order_id
from support.app import run
from support.databases import MemoryDatabase

FEW, LIMIT = 2_500, 20
MOST_IN_POSTGRES = MOST if os.environ.get("MILLION_ORDERS") else MANY // 5
NEWEST = 2_000  # orders of the time bounds, in which nothing that is rare was bought
FAILED = OrderStatus.FAILED
FILTERS = {
    "nothing": OrderFilter(),
    "a status": OrderFilter(status="paid"),
    "a rare status": OrderFilter(status=FAILED),
    "review": OrderFilter(review=True),
    "a dispute": OrderFilter(disputed=True),
    "an e-mail address": OrderFilter(email="ada@rare.example"),
    "an unknown e-mail address": OrderFilter(email="nobody@rare.example"),
    "a site": OrderFilter(site="shop"),
    "a rare site": OrderFilter(site="rare"),
    "an unknown site": OrderFilter(site="nowhere"),
    "a product": OrderFilter(product="mug"),
    "a rare product": OrderFilter(product="rare"),
    "a rare total": OrderFilter(over="98.99"),
    "no total": OrderFilter(under="0.50"),
    "old orders": OrderFilter(until=created_at(RARE)),
    "a few minutes": OrderFilter(since=created_at(500), until=created_at(540)),
    "a rare and a common filter": OrderFilter(site="shop", status=FAILED),
    "common filters and a rare one": OrderFilter(status="paid", product="mug", email="ada@rare.example"),
    "a rare product and a site": OrderFilter(site="club", product="rare"),
    "a rare total and a status": OrderFilter(status="paid", over="98.99"),
    "a text of a rare buyer": OrderFilter(text="thing", email="ada@rare.example"),
}
IN_TIME = {
    "a text": OrderFilter(text="nothing like it"),
    "common filters that never meet": OrderFilter(site="shop", product="mug"),
    "a status": OrderFilter(status=FAILED),
    "a total": OrderFilter(over="98.99"),
    "a common total": OrderFilter(over="5", site="club"),
}
NAMES = (
    order_id(7),
    order_id(7)[4:20].lower(),
    "ada@rare.example",
    "buyer77@shop.example",
    "buyer78@shop.example",
    "99.00",
    "cs_77",
    "pi_77",
    "more_77",
    "sub_77",
    "re_77",
    "ours_77",
    "rfd_77",
    "evt_77",
    "nothing",
)


def work_of(search: OrderSearch, newest: int) -> dict[str, Callable[[], object]]:
    """Return each list and search."""
    recent = created_at(newest - NEWEST)
    work: dict[str, Callable[[], object]] = {
        "largest over an amount": lambda: run(search.largest(OrderFilter(over="5"), LIMIT)),
        "largest under an amount": lambda: run(search.largest(OrderFilter(under="5"), LIMIT)),
        "changes of the last minutes": lambda: run(changed_orders(search.database, created_at(newest - LIMIT), "", 2 * LIMIT)),
        "search for a domain": lambda: run(search.find("@rare.example", LIMIT, recent)),
        "sites": lambda: run(search.sites()),
        "products": lambda: run(search.products()),
    }
    for name, wanted in FILTERS.items():
        work[f"list of {name}"] = partial(list_orders, search, wanted)
    for name, wanted in IN_TIME.items():
        work[f"newest orders of {name}"] = partial(list_orders, search, wanted._replace(since=recent))
    for text in NAMES:
        work[f"search for {text}"] = partial(find_orders, search, text)
    return work


def list_orders(search: OrderSearch, wanted: OrderFilter) -> object:
    return run(search.list(wanted, LIMIT))


def find_orders(search: OrderSearch, text: str) -> object:
    return run(search.find(text, LIMIT))


def measures(database: CountedDatabase, newest: int) -> dict[str, int]:
    """Return the steps of each list and search."""
    return {name: database.measure(work) for name, work in work_of(OrderSearch(database), newest).items()}


class Measured:
    """What is read with few orders and with many, from one database that then has many."""

    def __init__(self, database: CountedDatabase, most: int, slack: int = 0) -> None:
        self.database = database
        self.slack = slack
        add_orders(database, 1, FEW)
        self.few = measures(database, FEW)
        add_orders(database, FEW + 1, most)
        self.many = measures(database, most)


@pytest.fixture(scope="module")
def on_sqlite() -> Iterator[Measured]:
    database = CountedSqlite()
    yield Measured(database, MANY)
    database.close()


@pytest.fixture(scope="module")
def on_postgres(postgres_server: LocalPostgres) -> Iterator[Measured]:
    with CountedPostgres(postgres_server.create_database()) as database:
        yield Measured(database, MOST_IN_POSTGRES, SLACK)


@pytest.fixture(params=["on_sqlite", pytest.param("on_postgres", marks=pytest.mark.process)])
def measured(request: pytest.FixtureRequest) -> Measured:
    found: Measured = request.getfixturevalue(request.param)
    return found


@pytest.mark.parametrize("work", work_of(OrderSearch(MemoryDatabase()), MANY))
def test_as_much_is_read_of_many_orders_as_of_few(measured: Measured, work: str) -> None:
    assert measured.many[work] <= 1.2 * measured.few[work] + measured.slack


def test_as_much_is_read_after_sqlite_has_gathered_statistics(on_sqlite: Measured) -> None:
    run(on_sqlite.database.query(Statement("ANALYZE")))
    after = measures(on_sqlite.database, MANY)
    assert {name: count for name, count in after.items() if count > 1.2 * on_sqlite.few[name]} == {}


def test_what_is_searched_is_there(measured: Measured) -> None:
    search = OrderSearch(measured.database)
    counts = {name: len(run(search.list(wanted, LIMIT))) for name, wanted in FILTERS.items()}
    empty = {"an unknown e-mail address", "an unknown site", "no total", "a rare and a common filter"}
    empty |= {"common filters and a rare one", "a rare product and a site", "a rare total and a status"}
    assert {name for name, count in counts.items() if not count} == empty
    assert [text for text in NAMES if not run(search.find(text, LIMIT))] == ["nothing"]
