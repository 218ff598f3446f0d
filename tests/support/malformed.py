"""Hypothesis strategies of JSON that a provider does not document: any value, and documents with a wrong field."""

import copy
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

_ABSENT = object()

json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
"""Any JSON value."""


def _paths(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the path of every field and item."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in items:
        yield (*path, step)
        yield from _paths(inner, (*path, step))


def _changed(document: Any, path: tuple[str | int, ...], value: object) -> Any:
    """Return a copy of a document with another value, or none, at a path."""
    changed = copy.deepcopy(document)
    place = changed
    for step in path[:-1]:
        place = place[step]
    if value is _ABSENT:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return changed


def malformed(*documents: Any) -> st.SearchStrategy[Any]:
    """Return one of the documents with one field, however deep, left out or of any other value."""
    changes = [(document, path) for document in documents for path in _paths(document)]
    values = st.just(_ABSENT) | json_values | st.sampled_from([10**400, -1, "\ud800", "x" * 300])
    return st.builds(lambda change, value: _changed(change[0], change[1], value), st.sampled_from(changes), values)
