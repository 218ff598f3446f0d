"""Reads the tables of a catalogue file key by key, and collects their mistakes."""

import re
from collections.abc import Callable, Collection, Mapping
from typing import cast

from lightning_cart.domain.catalog_mistakes import CatalogMistake
from lightning_cart.domain.catalog_source import CatalogFile
from lightning_cart.domain.text import text_fault
from lightning_cart.domain.toml_positions import Path
from lightning_cart.spelling import closest, did_you_mean

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", re.ASCII)
_ID_FAULT = "an id has 1 to 64 letters, digits, '_', '-' or '.'"


class Table:
    """One table of a file. Reading a key removes it; an invalid value adds a mistake and becomes its default.

    Args:
        file: The file.
        path: The keys of the table.
        table: Its content.
        mistakes: Where to add mistakes.
    """

    def __init__(self, file: CatalogFile, path: Path, table: Mapping[str, object], mistakes: list[CatalogMistake]) -> None:
        self._file, self._path, self._rest, self._mistakes = file, path, dict(table), mistakes
        self._known: list[str] = []
        self._missing: dict[str, str] = {}

    def add_mistake(self, key: str, *inner: str | int, reason: str, at_key: bool = False) -> None:
        """Add a mistake at a key of this table, or inside its value."""
        self._mistakes.append(self._file.mistake((*self._path, key, *inner), reason, key=at_key))

    def refuse(self, reason: str) -> None:
        """Add a mistake at the table's heading."""
        self._mistakes.append(self._file.mistake(self._path, reason, key=True))

    def peek(self, key: str) -> object:
        """Return the value of a key that was not read yet, or None if it has none."""
        return self._rest.get(key)

    def inner(self, value: object, *path: str | int) -> "Table":
        """Return a table inside this one.

        Args:
            value: Its content.
            path: Its keys from this table.
        """
        return Table(self._file, (*self._path, *path), cast("Mapping[str, object]", value), self._mistakes)

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

    def read_inner(self, key: str, example: str) -> "Table | None":
        """Return the table at a key, or None if there is none.

        Args:
            key: The key.
            example: What to write, as `key = { … }`.
        """
        value = self.read(key, None, lambda value: "" if isinstance(value, dict) else f"must be a table, such as {example}")
        return None if value is None else self.inner(value, key)

    def read_list(self, key: str, most: int) -> "list[Table]":
        """Return the tables of a list of tables.

        Args:
            key: The key.
            most: How many there may be.
        """
        heading = f"[[{'.'.join(map(str, (*self._path, key)))}]]"
        listed: list[object] = self.read(key, [], lambda value: _list_of_tables_fault(value, heading, most))
        return [self.inner(one, key, index) for index, one in enumerate(listed)]

    def read_named(self, key: str, most: int) -> "dict[str, Table]":
        """Return the tables of a table by their ids.

        Args:
            key: The key.
            most: How many there may be.
        """
        named = self.read_inner(key, f"[{'.'.join(map(str, (*self._path, key)))}.ID] and its keys below")
        entries = named.entries() if named is not None else {}
        if len(entries) > most:
            self.add_mistake(key, reason=f"has {len(entries)} entries: at most {most} are possible")
        tables = {}
        for name, value in entries.items():
            if not _ID.fullmatch(name):
                self.add_mistake(key, name, reason=_ID_FAULT, at_key=True)
            elif not isinstance(value, dict):
                heading = ".".join(map(str, (*self._path, key, name)))
                self.add_mistake(key, name, reason=f"must be a table: write [{heading}] above its keys", at_key=True)
            else:
                tables[name] = self.inner(value, key, name)
        return tables

    def entries(self) -> dict[str, object]:
        """Return everything that was not read yet, and count it as read."""
        rest, self._rest = self._rest, {}
        return rest

    def read_strings(self, key: str, fault: Callable[[object], str], *, required: str = "") -> tuple[str, ...]:
        """Return a list of strings without those that have a fault or are there already.

        Args:
            key: The key.
            fault: Returns what is wrong with one of them, or "".
            required: What to write, if the list may not be left out or be empty.
        """

        def list_fault(value: object) -> str:
            if isinstance(value, list):
                return f"is empty: {required}" if required and not value else ""
            return _list_fault(key, value)

        values: list[object] = self.read(key, [], list_fault, required=required)
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


def _list_of_tables_fault(value: object, heading: str, most: int) -> str:
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        return f"must be a list of tables: write {heading} above the keys of each"
    return "" if len(value) <= most else f"has {len(value)} entries: at most {most} are possible"


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


def id_fault(value: object) -> str:
    """Return what is wrong with an id that is a value."""
    return "" if isinstance(value, str) and _ID.fullmatch(value) else _ID_FAULT


def read_tables(
    file: CatalogFile, document: Mapping[str, object], kind: str, keys: Collection[str], mistakes: list[CatalogMistake]
) -> dict[str, Table]:
    """Return the tables of one kind in a document, by id.

    Args:
        file: The file of the document.
        document: Its content.
        kind: The key of these tables, such as `products`.
        keys: Keys that belong into such a table.
        mistakes: Where to add what is no such table.
    """
    entries = document.get(kind, {})
    if not isinstance(entries, dict) or not entries:
        mistakes.append(file.mistake((kind,), f"has no entry: add at least one table [{kind}.ID]", key=True))
        return {}
    tables = {}
    for entry_id, table in entries.items():
        path = (kind, entry_id)
        if not _ID.fullmatch(entry_id):
            mistakes.append(file.mistake(path, _ID_FAULT, key=True))
        elif not isinstance(table, dict):
            name = "ID" if entry_id in keys else entry_id
            mistakes.append(file.mistake(path, f"must be a table: write [{kind}.{name}] above its keys", key=True))
        else:
            tables[entry_id] = Table(file, path, table, mistakes)
    return tables


def refuse_others(
    file: CatalogFile, document: Mapping[str, object], kinds: Collection[str], mistakes: list[CatalogMistake]
) -> None:
    """Add a mistake for everything at the top of a document that is of no known kind.

    Args:
        file: The file of the document.
        document: Its content.
        kinds: The keys of tables that may be there.
        mistakes: Where to add them.
    """
    for key in document:
        if key not in kinds:
            near = closest(key, kinds)
            use = " or ".join(f"[{kind}.ID]" for kind in kinds)
            hint = f"did you mean [{near}.ID]?" if near else f"use {use}"
            mistake = file.mistake((key,), f"is not a known table here: {hint}", key=True)
            mistakes.append(mistake._replace(table="", key=key))
