"""SQL written with names, made once into the `?` that every driver reads."""

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum

from lightning_cart.ports import SqlValue, Statement

_NAME = re.compile(r":([a-z_]+)")


def in_list(values: Iterable[StrEnum]) -> str:
    """Values of our own tables, as they stand between the brackets of `IN (…)`."""
    return ", ".join(f"'{value}'" for value in values)


class Sql:
    """One statement with `:names`; called with their values, it is a `Statement`."""

    def __init__(self, text: str) -> None:
        self.names = _NAME.findall(text)
        self.sql = " ".join(_NAME.sub("?", text).split())

    def __call__(self, values: Mapping[str, SqlValue]) -> Statement:
        """The statement with its values: each name must have one."""
        return Statement(self.sql, tuple(map(values.__getitem__, self.names)))
