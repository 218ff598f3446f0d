"""Concurrent buyers of an engine that is killed repeatedly: they retry, or leave."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from random import Random
from typing import Protocol

import httpx

from lightning_cart_sandbox.paypal import BUYER as PAYPAL
from lightning_cart_sandbox.square import BUYER as SQUARE
from lightning_cart_sandbox.stripe import BUYER as STRIPE

HANDS = {"stripe_checkout": STRIPE, "stripe_links": STRIPE, "paypal": PAYPAL, "square": SQUARE}
LOAD_TIMEOUT_SECONDS = 120.0  # on a busy machine
_PAUSE = 0.1
_AWAY = (502, 503, 504)


class Mortal(Protocol):
    """An engine that can be killed, and restarted on its database."""

    address: str

    def kill(self) -> None:
        """End it as a power cut does."""

    def start(self) -> None:
        """Start it on the same data."""


def until[T](ask: Callable[[], T | None], what: str) -> T:
    """Poll until there is a result."""
    deadline = time.monotonic() + LOAD_TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        answer = ask()
        if answer is not None:
            return answer
        time.sleep(_PAUSE)
    raise AssertionError(f"in vain: {what}")


def _answered(call: Callable[[], httpx.Response]) -> httpx.Response | None:
    """Return the response of a call, or `None` if there is none: the engine is down, or the response was lost."""
    try:
        answer = call()
    except httpx.TransportError:
        return None
    return None if answer.status_code in _AWAY else answer


@dataclass
class Crowd:
    """Buyers with one order each, who use the payment strategies in turn.

    Args:
        address: The engine's.
        seed: Decides who returns from the provider, and who leaves.
    """

    address: str
    seed: int
    bought: list[str] = field(default_factory=list)

    def _buy(self, number: int) -> None:
        strategy = list(HANDS)[number % len(HANDS)]
        body = {"site": "shop", "strategy": strategy, "items": [{"id": "test-10", "quantity": 1 + number % 3}]}
        headers = {"idempotency-key": f"crowd-{self.seed}-{number}"}
        with httpx.Client(trust_env=False, timeout=30) as browser:

            def check_out() -> httpx.Response:
                return browser.post(f"{self.address}/checkout", json=body, headers=headers)

            opened = until(lambda: _answered(check_out), f"buyer {number} wants to check out")
            assert opened.status_code == 201, opened.text
            checkout = opened.json()
            page = browser.get(checkout["url"], follow_redirects=True).url
            paid = browser.post(page, data=dict(HANDS[strategy]["pay"]))
            assert paid.status_code == 303, paid.text
            if Random(f"{self.seed}:{number}").random() < 0.7:
                _answered(lambda: browser.get(page.join(paid.headers["location"])))
        self.bought.append(checkout["order_id"])

    def buy(self, numbers: Sequence[int], at_once: int) -> None:
        """Let these buyers buy, so many at once."""
        with ThreadPoolExecutor(at_once) as pool:
            for done in [pool.submit(self._buy, number) for number in numbers]:
                done.result()


def kill_under_load(engine: Mortal, buy: Callable[[], None], times: int, seed: int) -> int:
    """Kill an engine and start it again while something runs, at moments that a seed decides.

    Returns:
        How often it was killed before the load was over.
    """
    chance, killed = Random(seed), 0
    load = threading.Thread(target=buy)
    load.start()
    while load.is_alive() and killed < times:
        load.join(chance.uniform(0.1, 0.7))
        engine.kill()
        killed += load.is_alive()
        engine.start()
    load.join()
    return killed


def send_again(sandbox: str) -> None:
    """Let a sandbox repeat its newest webhooks, delivered or not, and wait until each is accepted."""
    with httpx.Client(base_url=sandbox, trust_env=False, timeout=30) as person:
        for delivery in person.get("/api/deliveries").json()["deliveries"]:
            person.post(f"/deliveries/{delivery['id']}")

        def all_taken() -> bool | None:
            return all(one["state"] == "delivered" for one in person.get("/api/deliveries").json()["deliveries"]) or None

        until(all_taken, "the webhooks arrive")


def left_the_banks(sandbox: str) -> int:
    """Return the buyers' payments, in minor units, from the sandbox's ledger."""
    ledger = httpx.get(f"{sandbox}/api/ledger", trust_env=False, timeout=30).json()
    assert ledger["balanced"]
    return -sum(int(one["balance_minor"]) for one in ledger["accounts"] if "••" in one["name"])
