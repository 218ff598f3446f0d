# ruff: noqa: PLC0415 - what a command needs is loaded by it alone, so that `--help` answers at once
"""The commands and their options. What each does stands in a module of its own."""

import asyncio
import os
from pathlib import Path
from typing import Annotated

import typer

import lightning_cart_host.cli.order_commands  # noqa: F401 - its commands join `orders` as it is loaded
from lightning_cart import __version__
from lightning_cart.errors import ConfigurationError
from lightning_cart_host.cli.chaos_command import chaos
from lightning_cart_host.cli.data_commands import catalog, orders
from lightning_cart_host.cli.options import (
    MEMORY,
    AsJson,
    Config,
    Database,
    Dial,
    HostOption,
    Port,
    State,
    choose_database,
    print_json,
    read_settings_here,
)

app = typer.Typer(
    help="Lightning-Cart: the checkout engine that static storefronts call.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(catalog, name="catalog")
app.add_typer(orders, name="orders")
app.command()(chaos)


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"lightning-cart {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    _: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and end.")
    ] = False,
) -> None:
    pass


@app.command()
def demo(
    *,
    strategy: Annotated[
        list[str] | None,
        typer.Option(help="Only this way to pay, such as paypal; may be given several times.", show_default="all of the site"),
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="End after the purchases: with 0 only if all went well.")] = False,
    as_json: AsJson = False,
    port: Annotated[int, typer.Option(help="The shop's port; 0 for any that is free.", min=0, max=65535)] = 0,
    sandbox_port: Annotated[int, typer.Option(help="The sandbox's port; the same.", min=0, max=65535)] = 0,
    state: State = MEMORY,
    database: Annotated[str | None, typer.Option(help="SQLite file.", show_default="a temporary one")] = None,
    chaos: Dial = "",
    live: Annotated[bool, typer.Option("--live", help="Allow a live Stripe key: the purchase costs real money.")] = False,
    against: Annotated[str, typer.Option(help="Buy at an engine that runs already, at this address.")] = "",
    sandbox_url: Annotated[str, typer.Option(help="With --against: the sandbox that the engine pays at.")] = "",
    patience: Annotated[int, typer.Option(help="Seconds to wait for a person to pay, at Stripe itself.", min=1)] = 600,
) -> None:
    """Buy the $10 test product once with each way to pay, from the shop page to the ledger, and show each step.

    Shop and sandbox run on this machine and nothing leaves it. With STRIPE_SECRET_KEY=sk_test_… in the environment one
    purchase goes to Stripe's own test mode instead, where you enter the test card yourself.
    """
    from lightning_cart_host.demo.demo import run_demo
    from lightning_cart_host.demo.stage import DemoPlan

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
    )
    if not asyncio.run(run_demo(plan, os.environ)):
        raise typer.Exit(1)


@app.command()
def serve(
    host: HostOption = "127.0.0.1",
    port: Port = 8080,
    config: Config = None,
    database: Database = None,
    storefront: Annotated[
        str, typer.Option(help="Folder of static pages to show beside the engine, or none.", show_default="the test shop")
    ] = "",
) -> None:
    """Serve the engine, and a storefront beside it. Settings come from the environment and from .env.

    The log goes to standard error, as one JSON object a line.
    """
    from lightning_cart_host.resources import find_resource
    from lightning_cart_host.server.assembly import find_config
    from lightning_cart_host.server.serve_commands import ShopPlan, serve_shop

    env = read_settings_here()
    folder = Path(storefront) if storefront else find_resource("templates/test-checkout")
    plan = ShopPlan(find_config(config), choose_database(database, env), None if storefront == "none" else folder)
    asyncio.run(serve_shop(host, port, plan, env))


@app.command()
def sandbox(
    *,
    host: HostOption = "127.0.0.1",
    port: Port = 8090,
    state: State = MEMORY,
    webhook: Annotated[
        str,
        typer.Option(
            help="Where the engine takes events, such as http://127.0.0.1:8080/webhook: each provider's go to its name below "
            "it. An address that ends in a provider's name, such as …/webhook/stripe, connects that one alone."
        ),
    ] = "",
    webhook_secret: Annotated[
        str, typer.Option(help="Signs Stripe's events: the engine's STRIPE_WEBHOOK_SECRET.", show_default="made and printed")
    ] = "",
    chaos: Dial = "",
) -> None:
    """Serve the providers' other end: their APIs, pay pages, webhooks and a ledger. No money moves.

    With --webhook it prints the settings that an engine needs to work with it, as lines for its .env. The log goes to
    standard error.
    """
    from lightning_cart_host.server.serve_commands import serve_sandbox

    if webhook_secret and not webhook:
        raise ConfigurationError("--webhook-secret signs what goes to --webhook: give that too")
    asyncio.run(serve_sandbox(host, port, state, webhook, webhook_secret, chaos=chaos, say=typer.echo))


@app.command()
def edge(
    port: Annotated[int, typer.Option(help="The engine's port; 0 for any that is free.", min=0, max=65535)] = 0,
    sandbox_port: Annotated[int, typer.Option(help="The sandbox's port; the same.", min=0, max=65535)] = 0,
    config: Config = None,
    folder: Annotated[
        Path | None, typer.Option(help="Folder in which the orders stay for the next time.", show_default="a temporary one")
    ] = None,
) -> None:
    """Run the engine as a Cloudflare Worker on real workerd with D1, on this machine, with the sandbox to pay at.

    Needs a checkout of the repository: `make edge` sets up what else it needs. Ctrl-C stops everything.
    """
    from lightning_cart_host.edge.run import EdgePlan, run_edge
    from lightning_cart_host.server.assembly import find_config

    asyncio.run(run_edge(EdgePlan(port, sandbox_port, find_config(config), folder), say=typer.echo))


@app.command()
def doctor(config: Config = None, database: Database = None, as_json: AsJson = False) -> None:
    """Check keys, catalogue, database, providers and the running engine, and say what to do.

    Ends with 1 if anything is wrong.
    """
    from lightning_cart_host.cli.doctor import run_checks
    from lightning_cart_host.cli.tables import print_checks
    from lightning_cart_host.server.assembly import find_config

    env = read_settings_here()
    findings = asyncio.run(run_checks(env, find_config(config), choose_database(database, env)))
    if as_json:
        for finding in findings:
            print_json(finding.view())
    else:
        print_checks(findings)
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)


@app.command()
def reconcile(
    most: Annotated[
        int, typer.Option("--limit", help="How many orders at most; the next run goes on from there.", min=1)
    ] = 200,
    config: Config = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Ask the providers about orders that wait, are paid or whose events are missing, and settle what they say.

    Run it every few minutes. Ends with 0 also where something differed: what is settled needs nobody, the rest is listed.
    """
    from lightning_cart_host.cli.operator import run_reconciler
    from lightning_cart_host.server.assembly import find_config

    env = read_settings_here()
    report = asyncio.run(run_reconciler(env, find_config(config), choose_database(database, env), most))
    if as_json:
        print_json(report.log_fields)
        return
    typer.echo(f"{report.checked} orders asked about: {report.settled} settled, {report.expired} ended")
    typer.echo(f"{report.refunds} refunds asked about, {report.applied} parked events applied")
    for provider in report.skipped_providers:
        typer.echo(f"left alone, because it does not answer: {provider}")
    for finding in report.discrepancies:
        typer.echo(f"{finding.order_id}  {finding.kind}  {finding.detail}".rstrip())
