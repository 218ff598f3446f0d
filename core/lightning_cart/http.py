"""HTTP as frozen values: what came in, what goes out. Bodies are bytes, because signatures are over bytes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, parse_qsl, urlsplit

type Json = Mapping[str, object]


def _split(url: str) -> SplitResult:
    """The parts of an address; of what is none, empty ones."""
    try:
        return urlsplit(url)
    except ValueError:
        return urlsplit("")


@dataclass(frozen=True, slots=True, repr=False)
class HttpRequest:
    """One request, to us or by us.

    Args:
        method: In upper case.
        url: Absolute, or path and query.
        headers: Names in lower case.
        body: Raw bytes, as received or as to be sent.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def path(self) -> str:
        """The path, still percent-encoded, without the query."""
        return _split(self.url).path

    @property
    def host(self) -> str:
        """The host's name, in lower case; of an address that is none, an empty text."""
        return _split(self.url).hostname or ""

    @property
    def query(self) -> dict[str, str]:
        """The query's fields; of a repeated one the last."""
        return dict(parse_qsl(_split(self.url).query, keep_blank_values=True))

    def header(self, name: str) -> str:
        """The value of a header named in lower case, or an empty text."""
        return self.headers.get(name, "")

    def __repr__(self) -> str:
        # Neither headers nor query: keys and receipts travel there.
        return f"<HttpRequest {self.method} {self.url.partition('?')[0]} {len(self.body)} bytes>"


@dataclass(frozen=True, slots=True, repr=False)
class HttpResponse:
    """One response, from us or to us.

    Args:
        status: The HTTP status code.
        headers: Names in lower case.
        body: Raw bytes.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def header(self, name: str) -> str:
        """The value of a header named in lower case, or an empty text."""
        return self.headers.get(name, "")

    def __repr__(self) -> str:
        return f"<HttpResponse {self.status} {len(self.body)} bytes>"


def json_bytes(value: object) -> bytes:
    """Compact JSON in UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def reject_nan(name: str) -> object:
    """Refuse `NaN` and `Infinity`, which Python's JSON parser accepts and JSON does not have (RFC 8259, section 6)."""
    raise ValueError(name)
