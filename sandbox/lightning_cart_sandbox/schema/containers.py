"""The types of objects, lists and maps."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lightning_cart_sandbox.schema.formats import is_unicode
from lightning_cart_sandbox.schema.violation import FieldType, Path, Rule, Violation


@dataclass(frozen=True)
class Metadata:
    """Strings by key.

    Attributes:
        max_entries: The maximum number of entries.
        max_key: The maximum number of characters in a key.
        max_value: The maximum number of characters in a value.
        key_format: What a key has to match. If given, all keys are checked before the values, and their errors name the map.
    """

    max_entries: int
    max_key: int
    max_value: int
    key_format: str = ""

    def check(self, value: object, path: Path) -> Iterator[Violation]:
        """Check the number of entries, the keys and the values."""
        if not isinstance(value, dict):
            yield Violation(Rule.MAP, path)
            return
        if len(value) > self.max_entries:
            yield Violation(Rule.MAP_TOO_LONG, path, expected=self.max_entries)
            return
        if self.key_format:
            for key in value:
                yield from self._check_key(key, path)
        for key, text in value.items():
            entry = (*path, key)
            if not isinstance(text, str):
                yield Violation(Rule.MAP_VALUE_STRING, entry)
                continue
            if not self.key_format:
                yield from self._check_key(key, entry)
            if len(text) > self.max_value:
                yield Violation(Rule.MAP_VALUE_TOO_LONG, entry, expected=self.max_value)
            elif not is_unicode(text):
                yield Violation(Rule.UNICODE, entry)

    def _check_key(self, key: str, path: Path) -> Iterator[Violation]:
        if len(key) > self.max_key:
            yield Violation(Rule.MAP_KEY_TOO_LONG, path, expected=self.max_key)
        elif self.key_format and not re.fullmatch(self.key_format, key):
            yield Violation(Rule.MAP_KEY_FORMAT, path)


@dataclass(frozen=True)
class ListOf:
    """A list of items of one type.

    Attributes:
        item: The type of each item.
        max_items: The maximum number of items.
        min_items: The minimum number of items.
    """

    item: FieldType
    max_items: int
    min_items: int = 0

    def check(self, value: object, path: Path) -> Iterator[Violation]:
        """Check the number of items, then each item."""
        if not isinstance(value, list):
            yield Violation(Rule.ARRAY, path)
        elif len(value) < self.min_items:
            yield Violation(Rule.ARRAY_TOO_SHORT, path, expected=self.min_items)
        elif len(value) > self.max_items:
            yield Violation(Rule.ARRAY_TOO_LONG, path, expected=self.max_items)
        else:
            for index, item in enumerate(value):
                yield from self.item.check(item, (*path, index))


@dataclass(frozen=True)
class Fields:
    """An object with named members.

    Attributes:
        members: The type of each member. Any other name is unknown.
        required: Names that must be given.
    """

    members: Mapping[str, FieldType]
    required: tuple[str, ...] = ()

    def check(self, value: object, path: Path) -> Iterator[Violation]:
        """Check for unknown names, for missing names, then each member."""
        if not isinstance(value, dict):
            yield Violation(Rule.OBJECT, path)
            return
        for name in value:
            if name not in self.members:
                yield Violation(Rule.UNKNOWN, (*path, name))
        yield from self.check_required(value, path)
        for name, member in value.items():
            if name in self.members:
                yield from self.members[name].check(member, (*path, name))

    def check_required(self, value: Mapping[str, object], path: Path) -> Iterator[Violation]:
        """Check for missing names."""
        for name in self.required:
            if name not in value:
                yield Violation(Rule.MISSING, (*path, name))


@dataclass(frozen=True)
class Either:
    """An object with named members, or one plain value."""

    fields: Fields
    plain: FieldType

    def check(self, value: object, path: Path) -> Iterator[Violation]:
        """Check the value as what it is."""
        return (self.fields if isinstance(value, dict) else self.plain).check(value, path)
