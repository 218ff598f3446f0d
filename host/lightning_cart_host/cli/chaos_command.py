# ruff: noqa: PLC0415 - each command imports what it needs by itself, so that `--help` is fast
"""The command `lightning-cart chaos`: a load test with faults."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated

import typer

from lightning_cart_host.cli.exit_codes import FAILED, INTERRUPTED
from lightning_cart_host.cli.options import AsJson, print_json

RESULT = Path("build/bench/chaos.json")


async def _run_until_stopped[T](run: Coroutine[None, None, T]) -> T | None:
    """Return the run's result, or None if it was stopped; either way it has stopped its servers."""
    from lightning_cart_host.server.shutdown import graceful_shutdown

    async with graceful_shutdown():
        return await run
    return None


def chaos(
    *,
    orders: Annotated[int, typer.Option(help="Number of orders.", min=1, metavar="NUMBER")] = 10_000,
    buyers: Annotated[int, typer.Option(help="Number of concurrent buyers.", min=1, metavar="NUMBER")] = 50,
    seed: Annotated[int, typer.Option(help="The same seed gives the same purchases and faults.")] = 1,
    crowded: Annotated[
        int,
        typer.Option(help="Orders in the table for which webhook latency is measured; 0 skips it.", min=0, metavar="NUMBER"),
    ] = 1_000_000,
    faults: Annotated[
        str,
        typer.Option("--chaos", help="Fault rates, such as 'drop=0.5 speed=60'.", show_default="some of each fault"),
    ] = "",
    postgres: Annotated[
        bool, typer.Option("--postgres", help="Store the orders in PostgreSQL, and restart it twice meanwhile.")
    ] = False,
    engines: Annotated[
        int, typer.Option(help="Engines that share the database; several are killed in turns.", min=1, metavar="NUMBER")
    ] = 1,
    keep: Annotated[
        Path | None, typer.Option(help="New folder for the databases and logs.", show_default="a temporary one")
    ] = None,
    result: Annotated[Path, typer.Option(help="File for the result, as JSON.")] = RESULT,
    as_json: AsJson = False,
) -> None:
    """Buy with many concurrent buyers and faults in webhooks, calls and pages; then check every order against the ledger.

    Engine and sandbox run on this machine. A fifth of the webhooks is faulty and a twentieth is never sent. Exit code 1 if an
    order is wrong, a payment is reported twice, a cent differs, a loop runs in two engines at once, or webhooks are slower with
    a large table.
    """
    from rich.console import Console

    from lightning_cart_host.chaos.plan import FAULTS, ChaosPlan
    from lightning_cart_host.chaos.report import print_result
    from lightning_cart_host.chaos.run import run_chaos, show_progress, write_result

    plan = ChaosPlan(orders, buyers, seed, crowded, faults or FAULTS, keep, engines, postgres)
    console = Console(stderr=as_json)
    with show_progress(console) as progress:
        outcome = asyncio.run(_run_until_stopped(run_chaos(plan, progress)))
    if outcome is None:
        raise typer.Exit(INTERRUPTED)
    write_result(outcome, result)
    if as_json:
        print_json(outcome.view())
    else:
        print_result(outcome, console)
    if not outcome.ok:
        raise typer.Exit(FAILED)
