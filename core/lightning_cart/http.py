"""HTTP requests and responses as immutable values. Bodies are bytes, because signatures are computed over bytes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, parse_qsl, urlsplit

type Json = Mapping[str, object]


def _split(url: str) -> SplitResult:
    """Split a URL; an invalid one has empty parts."""
    try:
        return urlsplit(url)
    except ValueError:
        return urlsplit("")


@dataclass(frozen=True, slots=True, repr=False)
class HttpRequest:
    """A request, incoming or outgoing.

    Args:
        method: In upper case.
        url: Absolute, or path and query.
        headers: Names in lower case.
        body: Raw bytes.
        client: The internet address of who sent an incoming request, or empty if it is not known.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    client: str = field(default="", kw_only=True)

    @property
    def path(self) -> str:
        """The path, still percent-encoded, without the query."""
        return _split(self.url).path

    @property
    def host(self) -> str:
        """The host name in lower case, or "" for an invalid URL."""
        return _split(self.url).hostname or ""

    @property
    def query(self) -> dict[str, str]:
        """Query parameters; the last value wins."""
        return dict(parse_qsl(_split(self.url).query, keep_blank_values=True))

    def header(self, name: str) -> str:
        """Return the value of a header by its name in lower case, or ""."""
        return self.headers.get(name, "")

    def __repr__(self) -> str:
        # Headers and query may have keys and receipts, so they are left out.
        return f"<HttpRequest {self.method} {self.url.partition('?')[0]} {len(self.body)} bytes>"


@dataclass(frozen=True, slots=True, repr=False)
class HttpResponse:
    """A response, incoming or outgoing.

    Args:
        status: The HTTP status code.
        headers: Names in lower case.
        body: Raw bytes.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def header(self, name: str) -> str:
        """Return the value of a header by its name in lower case, or ""."""
        return self.headers.get(name, "")

    def __repr__(self) -> str:
        return f"<HttpResponse {self.status} {len(self.body)} bytes>"


def json_bytes(value: object) -> bytes:
    """Encode a value as compact JSON in UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def reject_nan(name: str) -> object:
    """Refuse `NaN` and `Infinity`, which Python's JSON parser accepts and JSON does not have (RFC 8259, section 6)."""
    raise ValueError(name)
