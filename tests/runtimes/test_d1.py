"""The D1 double under Node behaves like the real D1 in every call."""

from typing import Any

import pytest

from support.runtimes import RuntimeShop

pytestmark = [pytest.mark.process, pytest.mark.xdist_group("runtimes")]


@pytest.mark.parametrize("shop", ["workerd-d1"], indirect=True)
@pytest.mark.parametrize("other_shop", ["pyodide-0.28", "pyodide-314"], indirect=True)
def test_the_stand_in_answers_and_refuses_as_the_real_one(shop: RuntimeShop, other_shop: RuntimeShop) -> None:
    d1: Any = shop.runtime
    double: Any = other_shop.runtime
    real, stand_in = d1.probe(), double.probe()
    assert len(real) == len(stand_in) > 20
    assert {call: (told, stand_in[call]) for call, told in real.items() if told != stand_in[call]} == {}
