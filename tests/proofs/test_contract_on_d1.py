"""D1 keeps the contract: the Worker's own adapter, on real workerd."""

from collections.abc import Iterator

import pytest

from proofs.edge import D1OverHttp, WorkerdShop
from support.databases import DatabaseContract, empty

pytestmark = [pytest.mark.process, pytest.mark.xdist_group("edge")]


@pytest.fixture
def database(edge_shop: WorkerdShop) -> Iterator[D1OverHttp]:
    with D1OverHttp(edge_shop.address) as made:
        empty(made)
        yield made
        empty(made)  # other tests share it, and a payment belongs to one order


class TestD1UnderWorkerd(DatabaseContract):
    """The database of the Worker."""
