"""Who is measured at what: the floor, our Worker, and FastAPI with stripe-python."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from benchmarks.edge.traffic import Request, checkouts, get, webhooks


@dataclass(frozen=True, slots=True)
class Race:
    """One thing to do, and the traffic that asks for it.

    Args:
        name: of the row in the table.
        traffic: makes the requests.
        status: which each must be answered with.
    """

    name: str
    traffic: Callable[[], Iterator[Request]]
    status: int = 200


HELLO = Race("hello", lambda: get("/"))
HEALTH = Race("health", lambda: get("/health"))
PRODUCTS = Race("products", lambda: get("/products"))
CHECKOUT = Race("checkout", checkouts, 201)
VERIFY = Race("verify", webhooks)
WEBHOOK = Race("webhook", webhooks)
RACES = (HELLO, HEALTH, PRODUCTS, CHECKOUT, VERIFY, WEBHOOK)


@dataclass(frozen=True, slots=True)
class Contender:
    """A process that takes part.

    Args:
        name: in the table.
        folders: what it is made of, below the folder of what is staged.
        entries: the module that answers each race.
        imports: what its start is measured in, in this order.
    """

    name: str
    folders: tuple[str, ...]
    entries: dict[str, str]
    imports: tuple[tuple[str, tuple[str, ...]], ...]


_BARE = {"hello": "hello", "checkout": "asking", "verify": "verifying", "webhook": "settling"}
FLOOR = Contender("floor", ("sdk", "workers"), _BARE, (("workers", ("workers",)), ("own", tuple(_BARE.values()))))
OURS = Contender(
    "ours",
    ("sdk", "ours"),
    dict.fromkeys(("health", "products", "checkout", "webhook"), "entry"),
    (("workers", ("workers",)), ("pyjwt", ("jwt",)), ("own", ("entry",))),
)
FASTAPI = Contender(
    "fastapi",
    ("sdk", "site", "workers"),
    dict.fromkeys(("health", "products", "checkout", "webhook"), "fastapi_worker"),
    (("workers", ("workers",)), ("frameworks", ("asgi", "fastapi", "stripe")), ("own", ("fastapi_worker",))),
)
CONTENDERS = (FLOOR, OURS, FASTAPI)
