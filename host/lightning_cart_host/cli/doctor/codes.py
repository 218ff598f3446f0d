"""Checks that the discount codes are for products and categories that the catalogue has."""

from collections.abc import AsyncIterator, Callable

from lightning_cart.domain.catalog import Catalog
from lightning_cart.domain.codes import Code
from lightning_cart.errors import StorageUnavailable
from lightning_cart.ports import Database
from lightning_cart.storage.code_store import CodeStore
from lightning_cart_host.adapters.snapshot import open_snapshot
from lightning_cart_host.cli.doctor.check import Check, warned
from lightning_cart_host.output import printable

_PAGE = 500
_SHOWN = 3


async def _open_codes(database: Database, now: int) -> AsyncIterator[Code]:
    """Yield the codes that are neither over nor used up."""
    store, after = CodeStore(database), ""
    while found := await store.list(_PAGE, after, now):
        for stored in found:
            yield stored.code
        after = found[-1].code.code


def _missing(code: Code, catalog: Catalog) -> list[str]:
    categories = {name for product in catalog.products.values() for name in product.categories}
    products = [f"product {name}" for name in code.terms.products if name not in catalog.products]
    return products + [f"category {name}" for name in code.terms.categories if name not in categories]


async def check_codes(database: str, catalog: Catalog, clock: Callable[[], float]) -> list[Check]:
    """Return a warning if codes name products or categories that the catalogue lacks: for these they never hold.

    Args:
        database: The SQLite file, or the URL of PostgreSQL. What is wrong with it is said by its own check.
        catalog: The catalogue.
        clock: Returns Unix seconds.
    """
    found = {}
    try:
        async with open_snapshot(database) as snapshot:
            async for code in _open_codes(snapshot, int(clock())):
                if missing := _missing(code, catalog):
                    found[code.code] = missing
    except StorageUnavailable:
        return []
    if not found:
        return []
    shown = "; ".join(f"{name} ({', '.join(missing)})" for name, missing in list(found.items())[:_SHOWN])
    more = f"; and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    detail = f"for what the catalogue does not have: {shown}{more}"
    advice = "correct the catalogue, or write the code anew: lightning-cart codes add CODE --replace"
    return [warned("codes", printable(detail), advice)]
