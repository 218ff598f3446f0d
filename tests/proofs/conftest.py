"""The proofs hold for each strategy of the register."""

import pytest

from lightning_cart.providers import REGISTER


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "strategy" in metafunc.fixturenames:
        metafunc.parametrize("strategy", REGISTER, ids=lambda strategy: strategy.name)
