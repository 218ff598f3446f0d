"""Sending fulfilment webhooks: to no private address, past no redirect, and within limits of size and time."""

import asyncio
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from lightning_cart.errors import ProviderTimeout, ProviderUnavailable
from lightning_cart.http import HttpRequest, HttpResponse
from lightning_cart_host.adapters.guarded_send import GuardedSend, is_public
from support.tls import certify

FINE = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
PRIVATE = [
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",  # noqa: S104
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd12:3456::1",
    "ff02::1",
    "2001:db8::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:a9fe:a9fe",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "not an address",
]
# Notations of private addresses that a resolver accepts as names.
DISGUISED = [
    "127.0.0.1",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "localhost",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0x7f.0.0.1",
    "0177.0.0.1",
    "017700000001",
    "0",
    "0.0.0.0",  # noqa: S104
    "10.0.0.1",
    "167772161",
    "169.254.169.254",
]


class Resolver:
    """A resolver that always returns the same addresses, and counts its calls."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = addresses
        self.asked: list[tuple[str, int]] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append((host, port))
        return self.addresses


def send(url: str, **guard: Any) -> HttpResponse:
    return asyncio.run(GuardedSend(**guard)(HttpRequest("POST", url, {"webhook-id": "msg_1"}, b"{}")))


def ask(canned: Any, reply: bytes, pause: float = 0, *, stay: bool = False, **guard: Any) -> tuple[HttpResponse, bytes]:
    """Return the result of one message to a server that answers these bytes, and the request the server received."""

    async def exchange() -> tuple[HttpResponse, bytes]:
        async with canned(reply, pause, stay=stay) as (address, asked):
            request = HttpRequest("POST", f"{address}/hook?a=1", {"webhook-id": "msg_1"}, b"{}")
            return await GuardedSend(allow_private=True, **guard)(request), asked[0]

    return asyncio.run(exchange())


@pytest.mark.parametrize("address", PRIVATE)
def test_what_is_not_of_the_public_internet_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_what_is_of_the_public_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("host", DISGUISED)
def test_a_private_address_is_refused_however_it_is_written(host: str) -> None:
    with pytest.raises(ProviderUnavailable, match=r"not public|is not an address"):
        send(f"https://{host}/hook")


@pytest.mark.parametrize("address", [one for one in PRIVATE if one != "not an address"])
def test_a_name_that_leads_to_a_private_address_is_refused(address: str) -> None:
    with pytest.raises(ProviderUnavailable, match=r"merchant\.example: has an address that is not public"):
        send("https://merchant.example/hook", resolve=Resolver(address))


def test_one_private_address_among_public_ones_is_enough() -> None:
    with pytest.raises(ProviderUnavailable, match="not public"):
        send("https://merchant.example/hook", resolve=Resolver("8.8.8.8", "10.0.0.1"))


def test_a_name_without_an_address_is_no_way() -> None:
    with pytest.raises(ProviderUnavailable, match="has no address"):
        send("https://merchant.example/hook", resolve=Resolver())


def test_a_name_that_cannot_be_resolved_is_no_way() -> None:
    async def unknown(_host: str, _port: int) -> Sequence[str]:
        raise socket.gaierror

    with pytest.raises(ProviderUnavailable, match="could not be resolved"):
        send("https://merchant.example/hook", resolve=unknown)


def test_plain_http_is_refused() -> None:
    with pytest.raises(ProviderUnavailable, match="is not https"):
        send("http://merchant.example/hook", resolve=Resolver("8.8.8.8"))


@pytest.mark.parametrize("url", ["https://a b/", "https://[::1/hook"])
def test_what_is_no_address_is_no_way(url: str) -> None:
    with pytest.raises(ProviderUnavailable):
        send(url, resolve=Resolver("8.8.8.8"))


def test_the_name_is_resolved_once_and_the_connection_goes_to_what_was_checked(canned: Any) -> None:
    resolver = Resolver("127.0.0.1")

    async def exchange() -> bytes:
        async with canned(FINE) as (address, asked):
            port = address.rpartition(":")[2]
            url = f"http://merchant.example:{port}/hook"
            await GuardedSend(allow_private=True, resolve=resolver)(HttpRequest("POST", url, {"webhook-id": "msg_1"}, b"{}"))
            assert resolver.asked == [("merchant.example", int(port))]
            first: bytes = asked[0]
            return first

    assert b"host: merchant.example:" in asyncio.run(exchange()).lower()


def test_a_second_answer_of_the_resolver_leads_nowhere_else(canned: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's resolver would lead to a port that nobody listens on."""

    async def rebound(*_: object, **__: object) -> Any:
        raise AssertionError("the name was resolved twice")

    async def exchange() -> int:
        async with canned(FINE) as (address, _):
            monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", rebound)
            url = f"http://merchant.example:{address.rpartition(':')[2]}/hook"
            guard = GuardedSend(allow_private=True, resolve=Resolver("127.0.0.1"))
            return (await guard(HttpRequest("POST", url, {}, b"{}"))).status

    assert asyncio.run(exchange()) == 200


def test_an_allowed_private_address_gets_the_message_as_it_was_made(canned: Any) -> None:
    response, asked = ask(canned, FINE)
    assert (response.status, response.body) == (200, b"ok")
    assert asked.startswith(b"POST /hook?a=1 HTTP/1.1\r\n")
    assert b"\r\nwebhook-id: msg_1\r\n" in asked
    assert b"\r\ncontent-length: 2\r\n" in asked.lower()


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(canned: Any, status: int) -> None:
    moved = b"HTTP/1.1 %d Moved\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n" % status
    assert ask(canned, moved)[0].status == status


@pytest.mark.parametrize("claimed", [9_000, 10**12], ids=["9 kB", "a terabyte"])
def test_of_a_long_answer_the_status_counts_and_little_is_read(canned: Any, claimed: int) -> None:
    response, _ = ask(canned, b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % claimed + b"x" * 9_000)
    assert (response.status, len(response.body)) == (200, 2048)


def test_what_is_compressed_stays_so(canned: Any) -> None:
    response, asked = ask(canned, b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\nbomb")
    assert response.body == b"bomb"
    assert b"\r\naccept-encoding: identity\r\n" in asked.lower()


@pytest.mark.parametrize(
    ("reply", "pause"),
    [(b"", 0), (b"HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n" + b"x" * 9999, 0.01)],
    ids=["silence", "an answer that trickles"],
)
def test_no_whole_answer_in_time_is_a_timeout(canned: Any, reply: bytes, pause: float) -> None:
    with pytest.raises(ProviderTimeout, match="did not answer in time"):
        ask(canned, reply, pause, stay=True, total=0.3)


def test_a_resolver_that_takes_too_long_is_a_timeout() -> None:
    async def slow(_host: str, _port: int) -> Sequence[str]:
        await asyncio.sleep(9)
        return []

    with pytest.raises(ProviderTimeout):
        send("https://merchant.example/hook", resolve=slow, total=0.05)


@pytest.mark.parametrize("reply", [b"", b"SSH-2.0-OpenSSH\r\n"], ids=["hanging up", "another protocol"])
def test_an_answer_that_cannot_be_read_is_no_answer(canned: Any, reply: bytes) -> None:
    with pytest.raises(ProviderUnavailable):
        ask(canned, reply)


def test_no_proxy_of_the_environment_is_used(canned: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    assert ask(canned, FINE)[0].status == 200


@pytest.mark.parametrize(("asked", "right"), [("merchant.example", True), ("other.example", False)])
def test_tls_is_verified_against_the_name_and_not_the_address(asked: str, right: bool, tmp_path: Path) -> None:
    server_tls, client_tls = certify("merchant.example", tmp_path)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(FINE)
        await writer.drain()
        writer.close()

    async def exchange() -> int:
        server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=server_tls)
        port = server.sockets[0].getsockname()[1]
        guard = GuardedSend(allow_private=True, resolve=Resolver("127.0.0.1"), tls=client_tls)
        try:
            return (await guard(HttpRequest("POST", f"https://{asked}:{port}/hook", {}, b"{}"))).status
        finally:
            server.close()

    if right:
        assert asyncio.run(exchange()) == 200
    else:
        with pytest.raises(ProviderUnavailable, match="could not be reached"):
            asyncio.run(exchange())
