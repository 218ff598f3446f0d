"""Checks that a database has the tables of this program."""

from collections.abc import Collection

from lightning_cart_host.adapters.migration_files import pending_names, unknown_names
from lightning_cart_host.cli.doctor.check import Check, failed, warned
from lightning_cart_host.resources import find_resource


def check_migrations(applied: Collection[str], shown: str, start: str) -> Check | None:
    """Return what is wrong with a database's tables, or None if they are those of this program.

    Args:
        applied: The names of its migrations.
        shown: Its name without secrets.
        start: What to do if it lacks some.
    """
    if pending := pending_names(find_resource("migrations"), applied):
        return failed("database", f"{shown} is not up to date: {', '.join(pending)}", start)
    if newer := unknown_names(applied):
        detail = f"a newer release has written {shown}: this program does not know {', '.join(newer)}"
        return warned("database", detail, "install that release again, or any that is newer")
    return None
