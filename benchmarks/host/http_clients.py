"""Measures HTTP clients by what a call to a provider costs: `python -m benchmarks.host.http_clients`.

All of them run in turns in one process and one event loop. A process of its own is the provider, keeps its
connections, and answers a form of Stripe's size at once with 4 KB of JSON. A client that is not installed is left out.
"""

import asyncio
import contextlib
import datetime as dt
import gc
import json
import ssl
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

import uvloop
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from benchmarks.host.http_contenders import CLIENTS, Call, missing_clients
from benchmarks.host.processes import free_port, running
from benchmarks.host.provider import Provider

_ROOT = Path(__file__).parents[2]
CONCURRENCY = (1, 8)
_SESSION = json.dumps(
    {"id": "cs_test_a1", "object": "checkout.session"} | {f"field_{number}": None for number in range(220)}
).encode()


@dataclass(frozen=True, slots=True)
class ClientFigures:
    """What a call costs with one client.

    Args:
        client: Its name; `engine` is what the engine sends with.
        tls: Whether the connection is encrypted.
        concurrency: How many calls are under way at a time.
        cpu_us: Microseconds of CPU for a call: the median of all rounds.
        p50_us: The median latency in microseconds.
        p99_us: The latency in microseconds that 99 % of the calls keep within.
    """

    client: str
    tls: bool
    concurrency: int
    cpu_us: float
    p50_us: float
    p99_us: float


class _Stripe(Provider):
    def _answer(self, head: bytes) -> None:
        fields = f"content-type: application/json\r\nrequest-id: req_1\r\ncontent-length: {len(_SESSION)}"
        self._transport.write(
            f"HTTP/1.1 {200 if head.startswith(b'POST ') else 404} OK\r\n{fields}\r\n\r\n".encode() + _SESSION
        )


async def _serve(port: int, tls_port: int, certificate: str) -> None:
    loop, tls = asyncio.get_running_loop(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    await loop.create_server(_Stripe, "127.0.0.1", tls_port, ssl=tls)
    await (await loop.create_server(_Stripe, "127.0.0.1", port)).serve_forever()


def _certify(folder: Path) -> tuple[Path, Path]:
    """Write a certificate of 127.0.0.1, with its key and alone, and return both files."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "provider")])
    now = dt.datetime.now(dt.UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
    made = made.not_valid_before(now - dt.timedelta(days=1)).not_valid_after(now + dt.timedelta(days=1))
    hosts = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    signed = made.add_extension(hosts, critical=False).sign(key, hashes.SHA256())
    public = signed.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    whole, alone = folder / "server.pem", folder / "ca.pem"
    whole.write_bytes(private + public)
    alone.write_bytes(public)
    return whole, alone


async def _round(call: Call, concurrency: int, calls: int) -> tuple[float, list[float]]:
    """Return the seconds of CPU that some calls used, and the latency of each in seconds."""
    waits: list[float] = []

    async def caller(count: int) -> None:
        for _ in range(count):
            started = time.perf_counter()
            if await call() != (200, _SESSION):
                raise RuntimeError("the stand-in answered something else")
            waits.append(time.perf_counter() - started)

    await asyncio.gather(*(caller(1) for _ in range(concurrency)))  # connects
    waits.clear()
    gc.collect()
    gc.disable()
    cpu = time.process_time()
    await asyncio.gather(*(caller(calls // concurrency) for _ in range(concurrency)))
    cpu = time.process_time() - cpu
    gc.enable()
    return cpu, waits


async def _measure(ports: tuple[int, int], ca: Path, clients: Sequence[str], rounds: int, calls: int) -> list[ClientFigures]:
    tls, kinds = ssl.create_default_context(cafile=ca), dict(zip((False, True), ports, strict=True))
    cpu: dict[tuple[str, bool, int], list[float]] = {}
    waits: dict[tuple[str, bool, int], list[float]] = {}
    async with contextlib.AsyncExitStack() as opened:
        opening = {
            (name, encrypted): await opened.enter_async_context(
                CLIENTS[name](f"http{'s' if encrypted else ''}://127.0.0.1:{port}/v1/checkout/sessions", tls, ca)
            )
            for encrypted, port in kinds.items()
            for name in clients
        }
        for _ in range(rounds):
            for concurrency in CONCURRENCY:
                for (name, encrypted), call in opening.items():
                    used, latencies = await _round(call, concurrency, calls)
                    cpu.setdefault((name, encrypted, concurrency), []).append(used / len(latencies))
                    waits.setdefault((name, encrypted, concurrency), []).extend(latencies)
    return [
        ClientFigures(*key, statistics.median(cpu[key]) * 1e6, *(_percentile(waits[key], share) * 1e6 for share in (0.5, 0.99)))
        for key in cpu
    ]


def _percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def measure(rounds: int = 12, calls: int = 160) -> list[ClientFigures]:
    """Measure every client that is installed, in turns.

    Args:
        rounds: How often it is each client's turn.
        calls: Calls in a turn.
    """
    clients = [name for name in CLIENTS if name not in missing_clients()]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        server, ca = _certify(folder)
        ports = free_port(), free_port()
        command = [sys.executable, "-m", "benchmarks.host.http_clients", "serve", *map(str, ports), str(server)]
        with running(command, ports[0], {"PYTHONPATH": str(_ROOT)}, folder, "provider"):
            return uvloop.run(_measure(ports, ca, clients, rounds, calls))


def table(figures: Sequence[ClientFigures]) -> str:
    """Return the figures as a table in Markdown."""
    lines = ["| Client | TLS | at a time | CPU, µs | p50, µs | p99, µs |", "|---|---|--:|--:|--:|--:|"]
    for one in sorted(figures, key=lambda one: (one.tls, one.concurrency, one.cpu_us)):
        tls = "yes" if one.tls else "no"
        lines.append(f"| {one.client} | {tls} | {one.concurrency} | {one.cpu_us:.0f} | {one.p50_us:.0f} | {one.p99_us:.0f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        uvloop.run(_serve(int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]))
    else:
        left_out = [f"{name} is not installed and was left out" for name in missing_clients()]
        sys.stdout.write("\n".join([table(measure()), *left_out]) + "\n")
