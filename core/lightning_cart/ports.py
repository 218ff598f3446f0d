"""Protocols that an adapter implements: database, HTTP client, clock, ids, sleep and rate limit."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import NamedTuple, Protocol

from lightning_cart.http import HttpRequest, HttpResponse

type SqlValue = str | int | None
type Row = Mapping[str, SqlValue]


class Statement(NamedTuple):
    """One SQL statement with `?` placeholders.

    Args:
        sql: Its text.
        values: The values of its placeholders, in order.
    """

    sql: str
    values: tuple[SqlValue, ...] = ()


class Database(Protocol):
    """A database that speaks SQLite's SQL, without interactive transactions.

    Both methods raise `StorageUnavailable`. A database without its tables may raise `InvalidSettings`, whose names
    `GET /health` shows.
    """

    async def query(self, statement: Statement) -> Sequence[Row]:
        """Execute one statement and return its rows."""
        ...

    async def batch(self, statements: Sequence[Statement]) -> Sequence[Sequence[Row]]:
        """Execute statements in one transaction, all or none, and return the rows of each."""
        ...


class Send(Protocol):
    """Sends one request and returns its response, whatever the status. Does not follow redirects.

    Raises `ProviderTimeout` or `ProviderUnavailable` if no response came.
    """

    def __call__(self, request: HttpRequest) -> Awaitable[HttpResponse]:
        """Send a request once."""
        ...


class RateLimiter(Protocol):
    """Limits the rate of checkouts."""

    def __call__(self, request: HttpRequest) -> Awaitable[None]:
        """Count a request. Raises `TooManyRequests` if it exceeds the limit."""
        ...


type Clock = Callable[[], float]  # Unix seconds
type NewId = Callable[[], str]  # a new ULID
type Sleep = Callable[[float], Awaitable[None]]  # seconds


class Ports(NamedTuple):
    """All ports of one adapter.

    Args:
        database: Stores the orders.
        send: Sends requests to the providers.
        clock: Returns Unix seconds.
        new_id: Returns a new ULID.
        sleep: Waits for seconds.
        send_webhook: Sends fulfilment webhooks; must refuse private addresses. Default: `send`.
        rate_limit: Limits the rate of checkouts, against card testing. Default: no limit.
    """

    database: Database
    send: Send
    clock: Clock
    new_id: NewId
    sleep: Sleep
    send_webhook: Send | None = None
    rate_limit: RateLimiter | None = None
