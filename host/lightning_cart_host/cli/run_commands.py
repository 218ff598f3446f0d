# ruff: noqa: PLC0415 - each command imports what it needs by itself, so that `--help` is fast
"""The commands that run servers: `demo`, `serve` and `edge`."""

import asyncio
import os
from pathlib import Path
from typing import Annotated

import typer

from lightning_cart_host.cli.exit_codes import FAILED
from lightning_cart_host.cli.options import (
    MEMORY,
    AsJson,
    Config,
    Database,
    FaultRates,
    HostOption,
    LogFormatOption,
    Port,
    State,
    check_port,
    choose_database,
    read_settings_here,
)
from lightning_cart_host.server.log import LogFormat
from lightning_cart_host.server.loopback import LOOPBACK_HOST
from lightning_cart_host.server.shutdown import run_server
from lightning_cart_host.shop_client.example_shop import ExampleCart

ShopPort = Annotated[int, typer.Option(help="Port of the shop; 0 for any that is free.", metavar="PORT", callback=check_port)]
SandboxPort = Annotated[
    int, typer.Option(help="Port of the sandbox; 0 for any that is free.", metavar="PORT", callback=check_port)
]


def check_workers(value: int | None) -> int | None:
    """Return a number of processes if it is one. The library's own range would fill a column of the help."""
    if value is not None and value < 1:
        raise typer.BadParameter(f"{value} processes cannot serve: use 1 or more.")
    return value


def demo(
    *,
    strategy: Annotated[
        list[str] | None,
        typer.Option(help="Buy with this strategy only, such as paypal; repeatable.", show_default="all of the site"),
    ] = None,
    cart: Annotated[
        ExampleCart,
        typer.Option(help="What to buy: the $10 product, or a T-shirt with a text, a mug and a book, posted to Spain."),
    ] = ExampleCart.TEST,
    code: Annotated[
        str,
        typer.Option(
            help="Buy with this discount code, and order once for free. The demo's own shop has the code SPRING: 10 % off.",
            show_default="none",
        ),
    ] = "",
    once: Annotated[bool, typer.Option("--once", help="Exit after the purchases. Exit code 0 if all succeeded.")] = False,
    as_json: AsJson = False,
    port: ShopPort = 0,
    sandbox_port: SandboxPort = 0,
    state: State = MEMORY,
    database: Annotated[str | None, typer.Option(help="SQLite file.", show_default="a temporary one")] = None,
    chaos: FaultRates = "",
    live: Annotated[bool, typer.Option("--live", help="Allow a live Stripe key: the purchase costs real money.")] = False,
    against: Annotated[str, typer.Option(help="Buy from an engine that already runs at this URL.")] = "",
    sandbox_url: Annotated[str, typer.Option(help="With --against: the URL of that engine's sandbox.")] = "",
    patience: Annotated[
        int, typer.Option(help="Seconds to wait for a person to pay in Stripe's test mode.", min=1, metavar="SECONDS")
    ] = 600,
) -> None:
    """Buy the $10 test product once with each strategy, from the shop page to the ledger, and show each step.

    Shop and sandbox run on this machine, and nothing leaves it. If STRIPE_SECRET_KEY=sk_test_… is set in the environment,
    one purchase goes to Stripe's own test mode instead, and you enter the test card yourself.
    """
    from lightning_cart_host.cli.orders.buyer_lines import buyer_fields
    from lightning_cart_host.demo.demo import run_demo
    from lightning_cart_host.demo.servers import DemoPlan

    plan = DemoPlan(
        strategies=tuple(dict.fromkeys(strategy or ())),
        once=once,
        as_json=as_json,
        port=port,
        sandbox_port=sandbox_port,
        state=state,
        database=database,
        chaos=chaos,
        live=live,
        against=against.rstrip("/"),
        sandbox_url=sandbox_url.rstrip("/"),
        patience=patience,
        cart=cart,
        code=code.strip(),
        buyer_fields=buyer_fields,
    )
    if not asyncio.run(run_demo(plan, os.environ)):
        raise typer.Exit(FAILED)


def serve(
    *,
    host: HostOption = LOOPBACK_HOST,
    port: Port = 8080,
    config: Config = None,
    database: Database = None,
    storefront: Annotated[
        str, typer.Option(help="Folder of static pages to serve with the engine, or none.", show_default="the test shop")
    ] = "",
    workers: Annotated[
        int | None,
        typer.Option(
            help="Processes that serve.",
            metavar="NUMBER",
            callback=check_workers,
            show_default="with PostgreSQL one per core, with SQLite 1",
        ),
    ] = None,
    metrics_port: Annotated[
        int | None,
        typer.Option(help="Port on which Prometheus reads /metrics without a token.", metavar="PORT", callback=check_port),
    ] = None,
    metrics_host: Annotated[str, typer.Option(help="Address to listen on for Prometheus.")] = LOOPBACK_HOST,
    log_format: LogFormatOption = LogFormat.AUTO,
) -> None:
    """Serve the engine and a storefront. Settings come from the environment and from .env.

    It also repeats fulfilment webhooks, and asks the providers about orders whose webhooks were lost. The log goes to standard
    error. Ctrl-C stops the server, after it has answered the requests under way.
    """
    from lightning_cart_host.resources import find_resource
    from lightning_cart_host.server.catalog_folder import find_config
    from lightning_cart_host.server.serve_commands import ShopPlan, serve_shop
    from lightning_cart_host.server.workers import choose_workers, serve_shop_by_workers

    env = read_settings_here()
    folder = Path(storefront) if storefront else find_resource("templates/test-checkout")
    pages = None if storefront == "none" else folder
    plan = ShopPlan(find_config(config), choose_database(database, env), pages, log_format, metrics_host, metrics_port)
    count = choose_workers(workers, plan.database)
    run_server(serve_shop(host, port, plan, env) if count == 1 else serve_shop_by_workers(host, port, plan, env, count))


def edge(
    port: ShopPort = 0,
    sandbox_port: SandboxPort = 0,
    config: Config = None,
    folder: Annotated[
        Path | None, typer.Option(help="Folder that keeps the orders for the next run.", show_default="a temporary one")
    ] = None,
) -> None:
    """Run the engine as a Cloudflare Worker on this machine, on workerd with D1, and with the sandbox to pay at.

    Needs a checkout of the repository: `make edge` installs what else it needs. Ctrl-C stops everything.
    """
    from lightning_cart_host.edge.run import EdgePlan, run_edge
    from lightning_cart_host.server.catalog_folder import find_config

    run_server(run_edge(EdgePlan(port, sandbox_port, find_config(config), folder), say=typer.echo))
