"""Opens what the commands about codes work on: the codes of a database, and who changes them."""

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from lightning_cart.domain.catalog import Catalog
from lightning_cart.domain.codes import Code
from lightning_cart.errors import ConfigurationError, NotFound
from lightning_cart.storage.code_store import CodeChange, CodeStore, StoredCode
from lightning_cart.storage.operator_log import Operator
from lightning_cart.usecases.codes import end_code, save_code, save_codes
from lightning_cart.web.requests import check_reason
from lightning_cart_host.adapters.ids import new_id
from lightning_cart_host.cli.options import read_settings_here
from lightning_cart_host.cli.orders.stored import open_orders
from lightning_cart_host.server.catalog_folder import find_config, load_catalog

_WHO = "cli"  # in the operators' log


class CodeList(NamedTuple):
    """A part of the codes of a database.

    Args:
        codes: By name.
        has_more: Whether there are more.
        now: Unix seconds.
    """

    codes: list[StoredCode]
    has_more: bool
    now: int


def read_catalog(config: Path | None) -> Catalog:
    """Return the catalogue, whose products and categories a code can be for.

    Raises:
        ConfigurationError: It cannot be read, or has mistakes.
    """
    return load_catalog(find_config(config), env=read_settings_here())


def make_change(reason: str) -> CodeChange:
    """Return who changes codes now.

    Raises:
        InvalidField: The reason cannot be stored.
    """
    return CodeChange(Operator(_WHO, check_reason(reason)), f"log_{new_id()}", int(time.time()))


@asynccontextmanager
async def _open_codes(database: str) -> AsyncIterator[CodeStore]:
    async with open_orders(database) as store:
        yield CodeStore(store)


async def list_codes(database: str, limit: int, *, every: bool) -> CodeList:
    """Return codes by name.

    Args:
        database: The SQLite file, or the URL of PostgreSQL.
        limit: Maximum number.
        every: Whether those that are over or used up belong to them.

    Raises:
        ConfigurationError: There is no such database, or it is not up to date.
        StorageUnavailable: It cannot be read now.
    """
    now = int(time.time())
    async with _open_codes(database) as store:
        found = await store.list(limit + 1, open_at=None if every else now)
    return CodeList(found[:limit], len(found) > limit, now)


async def add_code(database: str, code: Code, change: CodeChange, *, replace: bool) -> tuple[StoredCode, bool]:
    """Add a code, or replace one.

    Returns:
        The code now, and whether it is new.

    Raises:
        LightningCartError: It cannot be saved.
    """
    async with _open_codes(database) as store:
        return await save_code(store, code, change, replace=replace)


async def import_codes(
    database: str, codes: Sequence[Code], change: CodeChange, *, replace: bool, dry_run: bool
) -> tuple[str, ...]:
    """Save codes, all or none.

    Args:
        database: The SQLite file, or the URL of PostgreSQL.
        codes: Checked codes, each once.
        change: Who saves them.
        replace: Whether those that exist are replaced.
        dry_run: Whether nothing is saved.

    Returns:
        The codes that exist already. If they were not to be replaced, nothing was saved.

    Raises:
        LightningCartError: They cannot be saved.
    """
    async with _open_codes(database) as store:
        if dry_run:
            return tuple(await store.revisions([code.code for code in codes]))
        return await save_codes(store, codes, change, replace=replace, action="code import")


async def end(database: str, text: str, change: CodeChange) -> tuple[StoredCode, bool]:
    """End a code now.

    Returns:
        The code now, and whether it had not ended before.

    Raises:
        ConfigurationError: There is no such code.
        StorageUnavailable: The database did not answer.
    """
    async with _open_codes(database) as store:
        try:
            return await end_code(store, text, change)
        except NotFound as error:
            raise ConfigurationError(f"{error}: lightning-cart codes list --all lists the codes") from error
