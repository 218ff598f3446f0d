"""The contenders and their races: the floor, our Worker, FastAPI with stripe-python, and Hono with stripe-node."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from benchmarks.edge.traffic import CODE_CART, FULL_CART, Request, checkouts, get, paypal_webhooks, quotes, stripe_webhooks


@dataclass(frozen=True, slots=True)
class Race:
    """One kind of request.

    Args:
        name: The name of its rows in the tables.
        traffic: Generates the requests.
        status: The expected status of each response.
    """

    name: str
    traffic: Callable[[], Iterator[Request]]
    status: int = 200


HELLO = Race("hello", lambda: get("/hello"))
HEALTH = Race("health", lambda: get("/health"))
PRODUCTS = Race("products", lambda: get("/products"))
QUOTE = Race("quote", quotes)
CHECKOUT = Race("checkout", checkouts, 201)
FULL_CHECKOUT = Race("full checkout", lambda: checkouts(FULL_CART), 201)
CODE_CHECKOUT = Race("full checkout with a code", lambda: checkouts(CODE_CART), 201)
VERIFY = Race("verify", lambda: stripe_webhooks("/verify"))
WEBHOOK = Race("webhook", lambda: stripe_webhooks("/webhook/stripe"))
PAYPAL = Race("PayPal webhook", paypal_webhooks)
RACES = (HELLO, HEALTH, PRODUCTS, QUOTE, CHECKOUT, FULL_CHECKOUT, CODE_CHECKOUT, VERIFY, WEBHOOK, PAYPAL)
_SHOP = (HEALTH, PRODUCTS, CHECKOUT, WEBHOOK)


@dataclass(frozen=True, slots=True)
class Contender:
    """A Worker that is measured in Pyodide under Node.

    Args:
        name: Its name in the tables.
        parts: Its staged archives.
        entries: The module that handles each race.
        imports: The parts of its start, in this order: a label, and modules.
    """

    name: str
    parts: tuple[str, ...]
    entries: dict[str, str]
    imports: tuple[tuple[str, tuple[str, ...]], ...]


_BARE = {
    HELLO.name: "hello",
    QUOTE.name: "hello",
    CHECKOUT.name: "calling",
    FULL_CHECKOUT.name: "calling",
    CODE_CHECKOUT.name: "calling",
    VERIFY.name: "verifying",
    WEBHOOK.name: "recording",
    PAYPAL.name: "asking",
}
_RUNTIME = ("workers", ("workers",))
FLOOR = Contender("floor", ("sdk", "workers"), _BARE, (_RUNTIME, ("own", tuple(_BARE.values()))))
OURS = Contender(
    "ours",
    ("sdk", "ours"),
    {race.name: "entry" for race in (*_SHOP, QUOTE, FULL_CHECKOUT, CODE_CHECKOUT, PAYPAL)},
    (_RUNTIME, ("PyJWT", ("jwt",)), ("own", ("entry",))),
)
FASTAPI = Contender(
    "FastAPI",
    ("sdk", "workers", "packages"),
    {race.name: "fastapi_worker" for race in _SHOP},
    (_RUNTIME, ("FastAPI, stripe", ("asgi", "fastapi", "stripe")), ("own", ("fastapi_worker",))),
)
IN_PYODIDE = (FLOOR, OURS, FASTAPI)
HONO = "Hono"
# FastAPI is missing: pydantic-core has no build for the Python of the workerd that runs offline. The floor answers no quote:
# wrangler's proxy fails where a Worker answers before it has read the body.
ON_WORKERD: dict[str, tuple[Race, ...]] = {
    FLOOR.name: (HELLO, CHECKOUT, FULL_CHECKOUT, CODE_CHECKOUT, VERIFY, WEBHOOK, PAYPAL),
    OURS.name: (*_SHOP, QUOTE, FULL_CHECKOUT, CODE_CHECKOUT, PAYPAL),
    HONO: _SHOP,
}
