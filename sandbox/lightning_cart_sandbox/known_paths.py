"""The paths that a provider's API has, so that what this sandbox does not imitate is told apart from what does not exist."""

from collections.abc import Sequence


class KnownPaths:
    """The operations of an API.

    Args:
        table: Groups of paths: a line with the methods, such as `GET,POST:`, then the paths that have exactly these, with `*`
            for an id.
    """

    def __init__(self, table: str) -> None:
        self._methods: dict[tuple[str, ...], frozenset[str]] = {}
        methods: frozenset[str] = frozenset()
        for word in table.split():
            if word.endswith(":"):
                methods = frozenset(word[:-1].split(","))
            else:
                self._methods[tuple(word.split("/"))] = methods

    def __contains__(self, operation: tuple[str, Sequence[str]]) -> bool:
        """Return whether the API has an operation, given by its method and its path's segments."""
        method, segments = operation
        return any(
            method in methods and len(path) == len(segments) and all(map(_fits, path, segments))
            for path, methods in self._methods.items()
        )

    def has_exactly(self, method: str, segments: Sequence[str]) -> bool:
        """Return whether a path without an id is one of the API's, such as `customers/search`."""
        return method in self._methods.get(tuple(segments), ())

    def operations(self) -> set[tuple[str, str]]:
        """Return the method and path of each operation."""
        return {(method, "/".join(path)) for path, methods in self._methods.items() for method in methods}


def _fits(mine: str, theirs: str) -> bool:
    return mine == theirs or (mine == "*" and theirs != "")
