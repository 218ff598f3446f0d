"""The proofs hold for each strategy of the register."""

from collections.abc import Iterator
from functools import cache

import pytest

from lightning_cart.ports import Database
from lightning_cart.providers import STRATEGIES
from lightning_cart_sandbox.paypal import authority
from proofs.edge import MeasuredD1, WorkerdShop, open_edge_shop
from proofs.last_release import drop_tables, migrate
from support.databases import MIGRATIONS, MemoryDatabase


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "strategy" in metafunc.fixturenames:
        metafunc.parametrize("strategy", STRATEGIES, ids=lambda strategy: strategy.name)


@pytest.fixture(scope="session", autouse=True)
def one_authority() -> Iterator[None]:
    """Create the keys of the sandbox's PayPal only once for all tests that start at the same time: it is slow."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(authority, "new_authority", cache(authority.new_authority))
        yield


@pytest.fixture(scope="session")
def edge_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkerdShop]:
    """Start the Worker on workerd, once for all tests that use it."""
    with open_edge_shop(tmp_path_factory.mktemp("edge")) as shop:
        yield shop


@pytest.fixture
def bare_sqlite() -> Iterator[Database]:
    """Return a SQLite without tables."""
    database = MemoryDatabase(())
    yield database
    database.close()


@pytest.fixture
def bare_d1(edge_shop: WorkerdShop) -> Iterator[Database]:
    """Return D1 without tables; it gets them back after the test."""
    with MeasuredD1(edge_shop.address) as database:
        drop_tables(database)
        yield database
        drop_tables(database)
        migrate(database, MIGRATIONS)


@pytest.fixture(params=["bare_sqlite", pytest.param("bare_d1", marks=pytest.mark.process)])
def bare_database(request: pytest.FixtureRequest) -> Database:
    """Return each database without tables."""
    found: Database = request.getfixturevalue(request.param)
    return found
