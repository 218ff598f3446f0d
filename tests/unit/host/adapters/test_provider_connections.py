"""Connections to providers: kept, never shared between origins, and through a proxy if the environment names one."""

import asyncio
import contextlib
import gzip
import ssl
import zlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import uvloop

from lightning_cart.errors import ProviderTimeout, ProviderUnavailable
from lightning_cart.http import HttpRequest, HttpResponse
from lightning_cart_host.adapters.certificates import trusted_certificates
from lightning_cart_host.adapters.http_send import MAX_EXCHANGES, HttpSend
from support.tls import certify

LONG = 60.0
FINE = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


class Provider:
    """A provider on loopback, which keeps its connections and answers when it may.

    Args:
        answer: What it answers.
        served: How many requests it answers on a connection before it closes that.
    """

    def __init__(self, answer: bytes = FINE, served: int = 1000) -> None:
        self.answer = answer
        self.served = served
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.connections = 0
        self.heads: list[bytes] = []
        self.arrived = asyncio.Condition()
        self.closed = asyncio.Event()
        self.url = ""

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            for _ in range(self.served):
                head = await reader.readuntil(b"\r\n\r\n")
                async with self.arrived:
                    self.heads.append(head)
                    self.arrived.notify_all()
                await self.may_answer.wait()
                writer.write(self.answer)
                await writer.drain()
        writer.close()
        self.closed.set()

    async def received(self, count: int) -> None:
        """Wait until so many requests have arrived."""
        async with asyncio.timeout(5), self.arrived:
            await self.arrived.wait_for(lambda: len(self.heads) >= count)

    @contextlib.asynccontextmanager
    async def listening(self, tls: ssl.SSLContext | None = None) -> AsyncIterator["Provider"]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=tls)
        self.url = f"http{'s' if tls else ''}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield self
        finally:
            server.close()


@contextlib.asynccontextmanager
async def sending(**bounds: Any) -> AsyncIterator[HttpSend]:
    send = HttpSend(**bounds)
    try:
        yield send
    finally:
        await send.close()


def post(url: str) -> HttpRequest:
    return HttpRequest("POST", f"{url}/v1", {"idempotency-key": "1"}, b"")


async def until(reached: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not reached():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.001)


def ask_once(answer: bytes, **bounds: Any) -> HttpResponse:
    """Return the response to one request, if the provider answers these bytes."""

    async def scene() -> HttpResponse:
        async with Provider(answer).listening() as provider, sending(**bounds) as send:
            return await send(post(provider.url))

    return asyncio.run(scene())


def test_while_a_provider_holds_150_buyers_another_answers_all_of_its_own() -> None:
    async def scene() -> tuple[int, list[int]]:
        async with Provider().listening() as slow, Provider().listening() as fast, sending(max_wait=LONG) as send:
            slow.may_answer.clear()
            waiting = [asyncio.create_task(send(post(slow.url))) for _ in range(150)]
            await slow.received(MAX_EXCHANGES)
            fine = [(await send(post(fast.url))).status for _ in range(20)]
            at_a_time = len(slow.heads)
            slow.may_answer.set()
            await asyncio.gather(*waiting)
            return at_a_time, fine

    assert asyncio.run(scene()) == (MAX_EXCHANGES, [200] * 20)


def test_who_finds_all_places_taken_is_told_soon_and_the_request_is_never_sent() -> None:
    async def scene() -> int:
        async with Provider().listening() as slow, sending(max_exchanges=2, max_wait=0.02) as send:
            slow.may_answer.clear()
            under_way = [asyncio.create_task(send(post(slow.url))) for _ in range(2)]
            await slow.received(2)
            with pytest.raises(ProviderUnavailable, match=r"127\.0\.0\.1: is too slow: for 0\.02 seconds, none of 2 requests"):
                await send(post(slow.url))
            slow.may_answer.set()
            await asyncio.gather(*under_way)
            return len(slow.heads)

    assert asyncio.run(scene()) == 2


def test_the_wait_for_a_place_counts_into_the_time_of_the_exchange() -> None:
    async def scene() -> None:
        async with Provider().listening() as slow, sending(max_exchanges=1, max_wait=LONG, total=0.1) as send:
            slow.may_answer.clear()
            await asyncio.gather(send(post(slow.url)), send(post(slow.url)))

    with pytest.raises(ProviderTimeout):
        asyncio.run(scene())


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run])
def test_a_connection_is_kept_for_the_next_request(run: Callable[..., int]) -> None:
    async def scene() -> int:
        async with Provider().listening() as provider, sending() as send:
            for _ in range(3):
                await send(post(provider.url))
            return provider.connections

    assert run(scene()) == 1


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run])
def test_a_connection_that_the_provider_closed_is_not_used_again(run: Callable[..., int]) -> None:
    async def scene() -> int:
        async with Provider(served=1).listening() as provider, sending() as send:
            for _ in range(3):
                provider.closed.clear()
                await send(post(provider.url))
                await provider.closed.wait()
                await asyncio.sleep(0.01)  # for the end of the connection to arrive
            return provider.connections

    assert run(scene()) == 3


def test_a_request_that_may_have_been_received_is_not_sent_again() -> None:
    async def scene() -> int:
        async with Provider(answer=b"", served=1).listening() as provider, sending() as send:
            with pytest.raises(ProviderUnavailable):
                await send(post(provider.url))
            return len(provider.heads)

    assert asyncio.run(scene()) == 1


def test_a_request_gets_no_header_that_describes_this_program() -> None:
    async def scene() -> bytes:
        async with Provider().listening() as provider, sending() as send:
            await send(post(provider.url))
            return provider.heads[0].lower()

    names = {line.partition(b":")[0] for line in asyncio.run(scene()).splitlines()[1:] if line}
    assert names == {b"host", b"idempotency-key", b"accept", b"accept-encoding", b"content-length"}


def test_a_cookie_is_not_sent_back() -> None:
    async def scene() -> bytes:
        answer = FINE.replace(b"content-length", b"set-cookie: tracked=1\r\ncontent-length")
        async with Provider(answer).listening() as provider, sending() as send:
            await send(post(provider.url))
            await send(post(provider.url))
            return provider.heads[1].lower()

    assert b"cookie" not in asyncio.run(scene())


@pytest.mark.parametrize(
    ("url", "headers"),
    [("https://", {}), ("/v1?key=secret", {}), ("https://[::1/secret", {}), ("http://127.0.0.1:9/", {"key": "secret\r\nx: y"})],
)
def test_a_request_that_cannot_be_sent_is_an_error_without_its_secrets(url: str, headers: dict[str, str]) -> None:
    async def scene() -> None:
        async with sending() as send:
            await send(HttpRequest("GET", url, headers))

    with pytest.raises(ProviderUnavailable) as raised:
        asyncio.run(scene())
    assert "secret" not in f"{raised.value!r} {raised.value.__cause__!r}"


def compressed(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(body) + body


def test_a_compressed_answer_is_decoded() -> None:
    assert ask_once(compressed(gzip.compress(b"x" * 5000))).body == b"x" * 5000


def test_an_empty_answer_that_claims_to_be_compressed_is_empty() -> None:
    assert ask_once(compressed(b"")).body == b""


def test_a_small_answer_that_unpacks_to_too_much_is_refused() -> None:
    with pytest.raises(ProviderUnavailable, match="more than 9000 bytes"):
        ask_once(compressed(gzip.compress(bytes(5_000_000))), max_bytes=9000)


def test_a_large_answer_that_unpacks_to_little_is_refused() -> None:
    packer = zlib.compressobj(wbits=31)
    empty_blocks = b"".join(packer.flush(zlib.Z_FULL_FLUSH) for _ in range(3)) + packer.compress(b"x") + packer.flush()
    padded = empty_blocks[:10] + b"\x00\x00\x00\xff\xff" * 4000 + empty_blocks[10:]
    with pytest.raises(ProviderUnavailable, match="more than 9000 bytes"):
        ask_once(compressed(padded), max_bytes=9000)


def test_a_part_of_a_compressed_answer_is_refused() -> None:
    with pytest.raises(ProviderUnavailable, match="a part of a compressed body"):
        ask_once(compressed(gzip.compress(b"x" * 5000)[:-9]))


def test_an_encoding_that_was_not_asked_for_is_refused() -> None:
    with pytest.raises(ProviderUnavailable, match="not asked for"):
        ask_once(FINE.replace(b"content-length", b"content-encoding: br\r\ncontent-length"))


@contextlib.asynccontextmanager
async def proxying(to: str) -> AsyncIterator[tuple[str, list[bytes]]]:
    """Run a proxy that answers `CONNECT` and then leads to a server, whatever its name, or answers other requests itself."""
    heads: list[bytes] = []

    async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while chunk := await reader.read(65536):
                writer.write(chunk)
                await writer.drain()
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        if heads[-1].startswith(b"CONNECT "):
            there = await asyncio.open_connection("127.0.0.1", int(to.rpartition(":")[2]))
            writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
            await asyncio.gather(pipe(reader, there[1]), pipe(there[0], writer))
        else:
            writer.write(FINE)
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://user:password@127.0.0.1:{server.sockets[0].getsockname()[1]}", heads
    finally:
        server.close()


def test_a_plain_request_is_sent_to_the_proxy_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene() -> bytes:
        async with proxying("") as (proxy, heads):
            monkeypatch.setenv("HTTP_PROXY", proxy)
            async with sending() as send:
                await send(post("http://provider.example"))
            return heads[0]

    head = asyncio.run(scene())
    assert head.startswith(b"POST http://provider.example/v1 HTTP/1.1\r\n")
    assert b"\r\nproxy-authorization: basic dxnlcjpwyxnzd29yza==\r\n" in head.lower()


def test_an_encrypted_request_passes_the_proxy_unread_and_the_name_is_verified(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async def scene(name: str) -> tuple[int, bytes, bytes]:
        server, client = certify("provider.example", tmp_path)
        async with Provider().listening(server) as provider, proxying(provider.url) as (proxy, heads):
            monkeypatch.setenv("HTTPS_PROXY", proxy)
            async with sending(tls=client) as send:
                status = (await send(post(f"https://{name}"))).status
            return status, heads[0], provider.heads[0]

    status, connect, head = asyncio.run(scene("provider.example"))
    assert (status, connect[:37], head[:17]) == (200, b"CONNECT provider.example:443 HTTP/1.1", b"POST /v1 HTTP/1.1")
    assert b"\r\nproxy-authorization:" in connect.lower()
    assert b"proxy" not in head.lower()
    with pytest.raises(ProviderUnavailable, match=r"other\.example: could not be reached"):
        asyncio.run(scene("other.example"))


def test_a_certificate_that_nobody_trusts_is_refused(tmp_path: Path) -> None:
    async def scene() -> None:
        async with Provider().listening(certify("localhost", tmp_path)[0]) as provider, sending() as send:
            await send(post(provider.url.replace("127.0.0.1", "localhost")))

    with pytest.raises(ProviderUnavailable, match="localhost: could not be reached"):
        asyncio.run(scene())


@pytest.fixture
def _certificates_of_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)


@pytest.mark.usefixtures("_certificates_of_the_package")
@pytest.mark.parametrize(("variable", "value", "read_at_once"), [("SSL_CERT_FILE", "ca.pem", 1), ("SSL_CERT_DIR", "", 0)])
def test_the_environment_may_name_other_certificates(
    variable: str, value: str, read_at_once: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    certify("provider.example", tmp_path)
    monkeypatch.setenv(variable, str(tmp_path / value))
    context = trusted_certificates.__wrapped__()
    assert (context.cert_store_stats()["x509"], context.verify_mode) == (read_at_once, ssl.CERT_REQUIRED)


@pytest.mark.usefixtures("_certificates_of_the_package")
def test_without_them_many_certificates_are_trusted() -> None:
    assert len(trusted_certificates.__wrapped__().get_ca_certs()) > 50
