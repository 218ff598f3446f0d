"""What the core needs of the world, and an adapter gives: a database, a way to send, a clock, ids, a way to wait."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from lightning_cart.http import HttpRequest, HttpResponse

type SqlValue = str | int | None
type Row = Mapping[str, SqlValue]


class Statement(NamedTuple):
    """One SQL statement with `?` placeholders, and their values in order."""

    sql: str
    values: tuple[SqlValue, ...] = ()


class Database(Protocol):
    """A database in SQLite's SQL, without interactive transactions.

    Both methods raise `StorageUnavailable`. One without its tables may raise `InvalidSettings`, which `GET /health` names.
    """

    async def query(self, statement: Statement) -> Sequence[Row]:
        """The rows of one statement."""
        ...

    async def batch(self, statements: Sequence[Statement]) -> Sequence[Sequence[Row]]:
        """The rows of each statement, all executed in one transaction: all of them, or none."""
        ...


class Send(Protocol):
    """Sends one request and gives its response, whatever the status.

    Raises `ProviderTimeout` or `ProviderUnavailable` where no response came. Does not follow redirects.
    """

    def __call__(self, request: HttpRequest) -> Awaitable[HttpResponse]:
        """Send it once."""
        ...


class RateLimiter(Protocol):
    """Lets a request for a checkout in, or raises `TooManyRequests`."""

    def __call__(self, request: HttpRequest) -> Awaitable[None]:
        """Count it, and let it in."""
        ...


type Clock = Callable[[], float]  # Unix seconds
type NewId = Callable[[], str]  # 26 characters of Crockford's base 32, different every time, sorting by time
type Sleep = Callable[[float], Awaitable[None]]  # seconds


@dataclass(frozen=True, slots=True)
class Ports:
    """All of them together, as an adapter hands them in.

    Args:
        database: Where orders are kept.
        send: The way to the providers.
        clock: Tells the time.
        new_id: Makes ids.
        sleep: Waits.
        send_webhook: Sends fulfilment webhooks; must refuse private addresses. Default: `send`.
        rate_limit: Keeps card testers from opening checkouts by the thousand; everybody is let in if left out.
    """

    database: Database
    send: Send
    clock: Clock
    new_id: NewId
    sleep: Sleep
    send_webhook: Send = None  # type: ignore[assignment]
    rate_limit: RateLimiter | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "send_webhook", self.send_webhook or self.send)
