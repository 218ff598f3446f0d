"""Connections go to engines in turns, and never to one that is not there."""

import asyncio

import pytest

from lightning_cart_host.chaos.balancer import balancing
from lightning_cart_host.server.loopback import LOOPBACK_HOST, free_port
from lightning_cart_host.server.uvicorn_server import bind


async def ask(port: int) -> str:
    """Send one line and return the answer, or an empty string if the connection was closed."""
    reader, writer = await asyncio.open_connection(LOOPBACK_HOST, port)
    writer.write(b"hello\n")
    answer = (await reader.readline()).decode()
    writer.close()
    return answer


async def answers(names: list[str], dead: int, times: int) -> list[str]:
    servers = []
    for name in names:

        async def reply(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, name: str = name) -> None:
            writer.write(name.encode() + await reader.readline())
            writer.close()

        servers.append(await asyncio.start_server(reply, LOOPBACK_HOST, 0))
    ports = [server.sockets[0].getsockname()[1] for server in servers] + [free_port() for _ in range(dead)]
    listener = bind(LOOPBACK_HOST, 0)
    async with balancing(listener, ports):
        port = listener.getsockname()[1]
        found = [await ask(port) for _ in range(times)]
    for server in servers:
        server.close()
    return found


@pytest.mark.parametrize(
    ("names", "dead", "expected"),
    [
        (["a ", "b "], 0, ["a hello\n", "b hello\n", "a hello\n", "b hello\n"]),
        (["a "], 1, ["a hello\n"] * 4),
        ([], 2, [""] * 4),
    ],
    ids=["two engines take turns", "a dead one is passed over", "without an engine the connection is closed"],
)
def test_a_connection_goes_to_the_next_engine_that_accepts_it(names: list[str], dead: int, expected: list[str]) -> None:
    assert asyncio.run(answers(names, dead, len(expected))) == expected
