"""The endpoints of a provider's API, and how a path finds one."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from lightning_cart_sandbox.schema import FieldType


@dataclass(frozen=True)
class Call[A]:
    """One request after its checks, as a handler gets it.

    Attributes:
        account: The account that the request is about.
        identifier: The id in the path, or ""; several have slashes between them.
        params: The parameters, in the types of the endpoint's fields.
    """

    account: A
    identifier: str
    params: Any


@dataclass(frozen=True)
class Endpoint[F: FieldType, C, R]:
    """One operation of an API.

    Attributes:
        method: The HTTP method.
        path: The path, in which `*` is an id.
        fields: What the body accepts, or the query if the method has no body.
        handler: Takes the call and returns the result.
    """

    method: str
    path: str
    fields: F
    handler: Callable[[C], R]

    def find_id(self, segments: Sequence[str]) -> str | None:
        """Return the id in a path, "" if the path has none, or `None` if it is another endpoint's path.

        Several ids have slashes between them.
        """
        own = self.path.split("/")
        if len(own) != len(segments):
            return None
        identifiers = []
        for mine, theirs in zip(own, segments, strict=True):
            if mine == "*":
                identifiers.append(theirs)
            elif mine != theirs:
                return None
        return "/".join(identifiers)


def match[E: Endpoint[Any, Any, Any]](endpoints: Iterable[E], segments: Sequence[str]) -> list[tuple[E, str]]:
    """Return the endpoints of a path, whatever their method, each with the id in the path."""
    found = []
    for endpoint in endpoints:
        identifier = endpoint.find_id(segments)
        if identifier is not None:
            found.append((endpoint, identifier))
    return found
