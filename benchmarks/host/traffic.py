"""The requests of the benchmark, as they are sent: carts, and the webhooks that pay the orders that the carts became."""

import hashlib
import hmac
import json
import time
from collections.abc import Sequence
from importlib.resources import files

from benchmarks.edge.traffic import ENV, SECRET

TOTAL = 3900  # of the cart below, in cents
_CART = json.dumps({"items": [{"id": "test-10", "quantity": 1}, {"id": "mug", "quantity": 2}]})
_EVENT = json.loads((files("benchmarks.edge") / "stripe_event.json").read_text(encoding="utf-8"))


def shop_env(provider_port: int) -> dict[str, str]:
    """Return the settings of every contender.

    Args:
        provider_port: The port of the providers' stand-in.
    """
    stand_in = f"http://127.0.0.1:{provider_port}"
    return {**ENV, **{name: stand_in for name in ENV if name.endswith("_API_BASE")}}


def cart(key: str) -> tuple[dict[str, str], str]:
    """Return the headers and the body of a checkout with two lines.

    Args:
        key: Its idempotency key.
    """
    return {"content-type": "application/json", "idempotency-key": key}, _CART


def stripe_event(order_id: str, session_id: str) -> tuple[dict[str, str], str]:
    """Return the headers and the body of the event that pays an order, signed at the current time."""
    now = int(time.time())
    ids = {"id": session_id, "client_reference_id": order_id, "payment_intent": f"pi_{order_id}"}
    sums = {"amount_total": TOTAL, "amount_subtotal": TOTAL}
    metadata = {"metadata": {"order_id": order_id, "site_id": "test-checkout"}}
    session = _EVENT["data"]["object"] | ids | sums | metadata
    body = json.dumps(_EVENT | {"id": f"evt_{order_id}", "created": now, "data": {"object": session}}, indent=2)
    digest = hmac.new(SECRET.encode(), f"{now}.{body}".encode(), hashlib.sha256).hexdigest()
    headers = {
        "content-type": "application/json; charset=utf-8",
        "stripe-signature": f"t={now},v1={digest}",
        "user-agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
    }
    return headers, body


def _message(path: str, headers: dict[str, str], body: str) -> bytes:
    whole = {"host": "pay.shop.example", "content-length": str(len(body.encode())), **headers}
    head = "".join(f"{name}: {value}\r\n" for name, value in whole.items())
    return f"POST {path} HTTP/1.1\r\n{head}\r\n{body}".encode()


def checkouts(prefix: str, count: int) -> list[bytes]:
    """Return carts with two lines, each with an idempotency key of its own that starts with the prefix."""
    return [_message("/checkout", *cart(f"{prefix}-{number}")) for number in range(count)]


def webhooks(answers: Sequence[bytes]) -> list[bytes]:
    """Return the events that pay the orders of checkouts.

    Args:
        answers: The bodies of the answers to the checkouts.
    """
    opened = map(json.loads, answers)
    return [_message("/webhook/stripe", *stripe_event(one["order_id"], one["session_id"])) for one in opened]
