"""Reads the tables of a catalogue file key by key, and collects their mistakes."""

import re
from collections.abc import Callable, Collection, Mapping
from typing import cast

from lightning_cart.domain.catalog_mistakes import CatalogMistake
from lightning_cart.domain.catalog_source import CatalogFile
from lightning_cart.domain.text import text_fault
from lightning_cart.spelling import closest, did_you_mean

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", re.ASCII)


class Table:
    """One table of a file. Reading a key removes it; an invalid value adds a mistake and becomes its default.

    Args:
        file: The file.
        path: The keys of the table.
        table: Its content.
        mistakes: Where to add mistakes.
    """

    def __init__(
        self, file: CatalogFile, path: tuple[str, str], table: Mapping[str, object], mistakes: list[CatalogMistake]
    ) -> None:
        self._file, self._path, self._rest, self._mistakes = file, path, dict(table), mistakes
        self._known: list[str] = []
        self._missing: dict[str, str] = {}

    def add_mistake(self, key: str, *inner: str | int, reason: str, at_key: bool = False) -> None:
        """Add a mistake at a key of this table, or inside its value."""
        self._mistakes.append(self._file.mistake((*self._path, key, *inner), reason, key=at_key))

    def take(self, key: str) -> object:
        """Return the value of a key and remove it, or None if it has none."""
        self._known.append(key)
        return self._rest.pop(key, None)

    def read[T](self, key: str, default: T, fault: Callable[[object], str], *, required: str = "") -> T:
        """Return the value of a key, or the default if there is none or it has a fault.

        Args:
            key: The key.
            default: Of the type of a value without a fault.
            fault: Returns what is wrong with a value, or "".
            required: What to write, if the key may not be left out.
        """
        is_given = key in self._rest
        value = self.take(key)
        if not is_given:
            if required:
                self._missing[key] = required
            return default
        if reason := fault(value):
            self.add_mistake(key, reason=reason)
            return default
        return cast("T", value)  # without a fault, it has the type

    def read_text(self, key: str, max_length: int, *, required: str = "") -> str:
        """Return a text on one line."""
        return self.read(key, "", lambda value: text_fault(value, max_length), required=required)

    def read_strings(self, key: str, fault: Callable[[object], str]) -> tuple[str, ...]:
        """Return a list of strings without those that have a fault or are there already."""
        values: list[object] = self.read(key, [], lambda value: "" if isinstance(value, list) else _list_fault(key, value))
        found: list[str] = []
        for index, value in enumerate(values):
            if reason := fault(value):
                self.add_mistake(key, index, reason=reason)
            elif value in found:
                self.add_mistake(key, index, reason="is a repetition")
            else:
                found.append(str(value))
        return tuple(found)

    def finish(self) -> None:
        """Add a mistake for each unknown key that is left, and for each required one that is missing."""
        for key in self._rest:
            self._missing.pop(closest(key, self._known), None)
            hint = did_you_mean(key, self._known, f"the keys are {', '.join(self._known)}")
            self.add_mistake(key, reason=f"is not a known key here: {hint}", at_key=True)
        for key, reason in self._missing.items():
            self.add_mistake(key, reason=f"is missing: {reason}")


def _list_fault(key: str, value: object) -> str:
    return f'must be a list: write {key} = ["{value}"]' if isinstance(value, str) else "must be a list of texts"


def one_of(known: Collection[str], reason: str) -> Callable[[object], str]:
    """Return a check for values that are one of the known names.

    Args:
        known: The names.
        reason: What is wrong with any other value.
    """

    def fault(value: object) -> str:
        if value in tuple(known):
            return ""
        hint = did_you_mean(value, known) if isinstance(value, str) else ""
        return f"{reason}: {hint}" if hint else reason

    return fault


def read_tables(
    file: CatalogFile, document: Mapping[str, object], kind: str, keys: Collection[str], mistakes: list[CatalogMistake]
) -> dict[str, Table]:
    """Return the tables of a document, by id.

    Args:
        file: The file of the document.
        document: Its content.
        kind: The key of all tables, `products` or `sites`.
        keys: Keys that belong into such a table.
        mistakes: Where to add what is no table, or has no place here.
    """
    for key in document:
        if key != kind:
            hint = f"did you mean [{kind}.ID]?" if closest(key, [kind]) else f"use [{kind}.ID]"
            mistake = file.mistake((key,), f"is not a known table here: {hint}", key=True)
            mistakes.append(mistake._replace(table="", key=key))
    entries = document.get(kind, {})
    if not isinstance(entries, dict) or not entries:
        mistakes.append(file.mistake((kind,), f"has no entry: add at least one table [{kind}.ID]", key=True))
        return {}
    tables = {}
    for entry_id, table in entries.items():
        path = (kind, entry_id)
        if not _ID.fullmatch(entry_id):
            mistakes.append(file.mistake(path, "an id has 1 to 64 letters, digits, '_', '-' or '.'", key=True))
        elif not isinstance(table, dict):
            name = "ID" if entry_id in keys else entry_id
            mistakes.append(file.mistake(path, f"must be a table: write [{kind}.{name}] above its keys", key=True))
        else:
            tables[entry_id] = Table(file, path, table, mistakes)
    return tables
