"""Checks of JSON values: each takes a value and its path, and adds the findings to a list."""

from collections.abc import Callable, Collection
from decimal import Decimal
from typing import Any

type Check = Callable[[Any, str, list[str]], None]

SCALARS: dict[Any, tuple[type, ...]] = {str: (str,), bool: (bool,), int: (int,), float: (int, float), Decimal: (str,)}
"""The types of a parsed JSON value, by the type of an annotation."""


def check_anything(_value: Any, _path: str, _found: list[str]) -> None:
    """Accept any value."""


def check_scalar(kind: Any) -> Check:
    """Return the check of a string, number or boolean."""
    allowed = SCALARS[kind]

    def check(value: Any, path: str, found: list[str]) -> None:
        if not isinstance(value, allowed) or (isinstance(value, bool) and bool not in allowed):
            found.append(f"{path}: {value!r:.40} is not of the type {kind.__name__}")

    return check


def check_values(values: Collection[Any]) -> Check:
    """Return the check of a value that must be one of some."""

    def check(value: Any, path: str, found: list[str]) -> None:
        if value not in values:
            found.append(f"{path}: {value!r:.40} is not one of the known values")

    return check


def check_list(check_item: Check) -> Check:
    """Return the check of a list, by the check of its items."""

    def check(value: Any, path: str, found: list[str]) -> None:
        if not isinstance(value, list):
            found.append(f"{path}: {value!r:.40} is not a list")
            return
        for index, item in enumerate(value):
            check_item(item, f"{path}[{index}]", found)

    return check


def check_map(check_value: Check) -> Check:
    """Return the check of an object with any names, by the check of its values."""

    def check(value: Any, path: str, found: list[str]) -> None:
        if not isinstance(value, dict):
            found.append(f"{path}: {value!r:.40} is not an object")
            return
        for name, member in value.items():
            check_value(member, f"{path}.{name}", found)

    return check


def check_first_match(checks: list[Check], *, nullable: bool) -> Check:
    """Return the check of a union. If nothing matches, it tells the findings of the last check for an object, else the first's.

    Args:
        checks: The checks of the union's types, objects last.
        nullable: Whether null is accepted.
    """

    def check(value: Any, path: str, found: list[str]) -> None:
        if value is None and nullable:
            return
        results: list[list[str]] = []
        for one in checks:
            result: list[str] = []
            one(value, path, result)
            if not result:
                return
            results.append(result)
        found.extend(results[-1] if isinstance(value, dict) else results[0])

    return check
