"""Measures checkouts while another provider is slow: `python -m benchmarks.host.slow_provider`.

Buyers with Stripe, which answers at once, check out in turns alone and beside more than 100 buyers with PayPal, which takes
four seconds for everything. The latency of the first should be the same in both.
"""

import asyncio
import contextlib
import json
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import uvloop

from benchmarks.host.loading import Job, LoadGenerator
from benchmarks.host.processes import free_port, running
from benchmarks.host.provider import START, Provider
from benchmarks.host.traffic import checkouts, shop_env
from lightning_cart_host.edge.staging import ROOT

SLOW_SECONDS = 4.0
SLOW_BUYERS = 120
_CONNECTIONS = 4
_CREATED = 201
_WARM_UP = 80
_SETTLE_SECONDS = 1.0  # until all slow buyers wait
_CART = json.dumps({"items": [{"id": "mug", "quantity": 1}], "strategy": "paypal"})
_TOKEN = json.dumps({"access_token": "A21AA-benchmark", "token_type": "Bearer", "expires_in": 32_400}).encode()
_REFUSAL = b"{}"  # for an order; what happens after the wait does not matter


@dataclass(frozen=True, slots=True)
class SlowProviderFigures:
    """Latencies of checkouts with the provider that answers at once.

    Args:
        alone_ms: 99 of 100 keep within this many milliseconds without other buyers: the median of all rounds.
        beside_ms: The same beside buyers with the slow provider.
        slow_answers: How many requests of those were answered meanwhile.
    """

    alone_ms: float
    beside_ms: float
    slow_answers: int

    @property
    def ratio(self) -> float:
        """How many times longer a checkout takes beside a slow provider."""
        return self.beside_ms / self.alone_ms


class _Slow(Provider):
    """PayPal, as far as a checkout needs it."""

    def _answer(self, head: bytes) -> None:
        answer = _TOKEN if b"/oauth2/token" in head else _REFUSAL
        asyncio.get_running_loop().call_later(SLOW_SECONDS, self._send, answer)

    def _send(self, answer: bytes) -> None:
        fields = f"content-type: application/json\r\ncontent-length: {len(answer)}"
        self._transport.write(f"HTTP/1.1 200 OK\r\n{fields}\r\n\r\n".encode() + answer)


async def _serve(port: int) -> None:
    await (await asyncio.get_running_loop().create_server(_Slow, "127.0.0.1", port)).serve_forever()


class _SlowBuyers:
    """Buyers with the slow provider. Each sends its next cart as soon as the last one is answered."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._carts = 0
        self.answers = 0

    async def _buy(self) -> None:
        while True:
            self._carts += 1
            reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
            head = f"POST /checkout HTTP/1.1\r\nhost: pay.shop.example\r\nidempotency-key: slow-{self._carts}\r\n"
            fields = f"content-type: application/json\r\ncontent-length: {len(_CART)}\r\nconnection: close\r\n\r\n"
            try:
                writer.write(f"{head}{fields}{_CART}".encode())
                await reader.read()
            finally:
                writer.close()
            self.answers += 1

    @contextlib.asynccontextmanager
    async def waiting(self) -> AsyncIterator[None]:
        """Let them buy during the block."""
        tasks = [asyncio.create_task(self._buy()) for _ in range(SLOW_BUYERS)]
        await asyncio.sleep(_SETTLE_SECONDS)
        try:
            yield
            for task in tasks:
                if task.done():
                    task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _compare(port: int, rounds: int, count: int, generator: LoadGenerator) -> SlowProviderFigures:
    buyers, alone, beside = _SlowBuyers(port), list[float](), list[float]()

    async def p99(prefix: str, count: int) -> float:
        job = Job(port, _CONNECTIONS, _CREATED, checkouts(prefix, count))
        return (await asyncio.to_thread(generator.run, job)).percentile(0.99)

    await p99("warm", _WARM_UP)
    for number in range(rounds):
        alone.append(await p99(f"alone-{number}", count))
        async with buyers.waiting():
            beside.append(await p99(f"beside-{number}", count))
        await asyncio.sleep(SLOW_SECONDS)  # until what the slow buyers left is done
    return SlowProviderFigures(statistics.median(alone), statistics.median(beside), buyers.answers)


def measure(rounds: int = 8, count: int = 400) -> SlowProviderFigures:
    """Measure checkouts alone and beside a slow provider, in turns.

    Args:
        rounds: How often it is the turn of each.
        count: Checkouts in a turn.
    """
    port, fast, slow = free_port(), free_port(), free_port()
    env = shop_env(fast) | {"PAYPAL_API_BASE": f"http://127.0.0.1:{slow}", "PYTHONPATH": str(ROOT)}
    slow_command = [sys.executable, "-m", "benchmarks.host.slow_provider", "serve", str(slow)]
    with contextlib.ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory()))
        opened.enter_context(running([*START, str(fast)], fast, env, folder, "fast"))
        opened.enter_context(running(slow_command, slow, env, folder, "slow"))
        serve = [
            "serve",
            "--port",
            str(port),
            "--config",
            str(ROOT / "benchmarks" / "config"),
            "--database",
            str(folder / "orders.db"),
        ]
        command = [sys.executable, "-m", "lightning_cart_host", *serve, "--storefront", "none", "--log-format", "json"]
        opened.enter_context(running(command, port, env, folder, "shop"))
        generator = opened.enter_context(LoadGenerator())
        return asyncio.run(_compare(port, rounds, count, generator))


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        uvloop.run(_serve(int(sys.argv[2])))
    else:
        found = measure()
        sentence = f"p99 of a checkout: {found.alone_ms:.1f} ms alone, {found.beside_ms:.1f} ms beside {SLOW_BUYERS} buyers"
        sys.stdout.write(f"{sentence} of a slow provider ({found.ratio:.2f} times)\n")
