"""The proofs hold for each strategy of the register."""

from collections.abc import Iterator
from functools import cache

import pytest

from lightning_cart.providers import STRATEGIES
from lightning_cart_sandbox.paypal import authority
from proofs.edge import WorkerdShop, open_edge_shop


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
