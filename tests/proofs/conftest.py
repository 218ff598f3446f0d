"""The proofs hold for each strategy of the register."""

from collections.abc import Iterator

import pytest

from lightning_cart.providers import REGISTER
from proofs.edge import EdgeShop, open_edge_shop


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "strategy" in metafunc.fixturenames:
        metafunc.parametrize("strategy", REGISTER, ids=lambda strategy: strategy.name)


@pytest.fixture(scope="session")
def edge_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EdgeShop]:
    """The Worker on workerd, started once for all that ask for it."""
    with open_edge_shop(tmp_path_factory.mktemp("edge")) as shop:
        yield shop
