# ruff: noqa: PLC0415 - what a command needs is loaded by it alone, so that `--help` answers at once
"""The command `lightning-cart chaos` and its options."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated

import typer

from lightning_cart_host.cli.options import AsJson, print_json

RESULT = Path("build/bench/chaos.json")


async def _run_until_stopped[T](run: Coroutine[None, None, T]) -> T | None:
    """What a run comes to, or `None` where it was told to stop: then it has stopped its servers, too."""
    from lightning_cart_host.server.serve_commands import graceful_shutdown

    async with graceful_shutdown():
        return await run
    return None


def chaos(
    *,
    orders: Annotated[int, typer.Option(help="How many are bought.", min=1)] = 10_000,
    buyers: Annotated[int, typer.Option(help="How many buy at once.", min=1)] = 50,
    seed: Annotated[int, typer.Option(help="The same one brings the same acts and faults.")] = 1,
    crowded: Annotated[
        int, typer.Option(help="Orders in the table for which a webhook's time is measured; 0 leaves it out.", min=0)
    ] = 1_000_000,
    faults: Annotated[
        str,
        typer.Option("--chaos", help="How the sandbox's dial stands: 'drop=0.5 speed=60'.", show_default="a bit of all"),
    ] = "",
    keep: Annotated[
        Path | None, typer.Option(help="A new folder in which databases and logs stay.", show_default="a temporary one")
    ] = None,
    result: Annotated[Path, typer.Option(help="Where the result is written, as JSON.")] = RESULT,
    as_json: AsJson = False,
) -> None:
    """Let a crowd buy in every way while webhooks, calls and buyers go astray; then judge every order by the providers' books.

    Engine and sandbox run on this machine. A fifth of the webhooks is faulty and a twentieth never sent. Ends with 1 if one
    order is wrong, one effect happened twice, one cent differs, or webhooks take longer where the table is crowded.
    """
    from rich.console import Console

    from lightning_cart_host.chaos.plan import FAULTS, ChaosPlan
    from lightning_cart_host.chaos.report import print_result
    from lightning_cart_host.chaos.run import run_chaos, show_progress, write_result

    plan = ChaosPlan(orders, buyers, seed, crowded, faults or FAULTS, keep)
    console = Console(stderr=as_json)
    with show_progress(console) as progress:
        outcome = asyncio.run(_run_until_stopped(run_chaos(plan, progress)))
    if outcome is None:
        raise typer.Exit(1)
    write_result(outcome, result)
    if as_json:
        print_json(outcome.view())
    else:
        print_result(outcome, console)
    if not outcome.ok:
        raise typer.Exit(1)
