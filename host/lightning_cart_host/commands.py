# ruff: noqa: PLC0415 - what a command needs is loaded by it alone, so that `--help` answers at once
"""The commands and their options. What each does stands in a module of its own."""

import asyncio
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lightning_cart import __version__
from lightning_cart.errors import ConfigurationError
from lightning_cart_host.settings import DATABASE, DEFAULT_DATABASE, read_settings

if TYPE_CHECKING:
    from collections.abc import Mapping

app = typer.Typer(
    help="Lightning-Cart: the checkout engine that static storefronts call.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
catalog = typer.Typer(help="Look after products.toml and sites.toml.", no_args_is_help=True)
orders = typer.Typer(help="Look at the orders in the database.", no_args_is_help=True)
app.add_typer(catalog, name="catalog")
app.add_typer(orders, name="orders")

Port = Annotated[int, typer.Option(help="Port to listen on; 0 for any that is free.", min=0, max=65535)]
Host = Annotated[str, typer.Option(help="Address to listen on.")]
Config = Annotated[
    Path | None,
    typer.Option(help="Folder of products.toml and sites.toml.", show_default="config, else the example that comes along"),
]
Database = Annotated[str | None, typer.Option(help="SQLite file.", show_default="what DATABASE names, else lightning-cart.db")]
State = Annotated[str, typer.Option(help="File in which the sandbox keeps everything.", show_default="in memory")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object a line, for scripts.")]
MEMORY = ":memory:"


def _settings() -> dict[str, str]:
    return read_settings(os.environ, Path())


def _database(given: str | None, env: "Mapping[str, str]") -> str:
    return given or env.get(DATABASE, "").strip() or DEFAULT_DATABASE


def _print_json(value: object) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False))


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
    once: Annotated[bool, typer.Option("--once", help="End after the purchase: with 0 only if all went well.")] = False,
    as_json: AsJson = False,
    port: Annotated[int, typer.Option(help="The shop's port; 0 for any that is free.", min=0, max=65535)] = 0,
    sandbox_port: Annotated[int, typer.Option(help="The sandbox's port; the same.", min=0, max=65535)] = 0,
    state: State = MEMORY,
    database: Annotated[str | None, typer.Option(help="SQLite file.", show_default="a temporary one")] = None,
    live: Annotated[bool, typer.Option("--live", help="Allow a live Stripe key: the purchase costs real money.")] = False,
    against: Annotated[str, typer.Option(help="Buy at an engine that runs already, at this address.")] = "",
    sandbox_url: Annotated[str, typer.Option(help="With --against: the sandbox that the engine pays at.")] = "",
    patience: Annotated[int, typer.Option(help="Seconds to wait for a person to pay, at Stripe itself.", min=1)] = 600,
) -> None:
    """Buy the $10 test product, from the shop page to the ledger, and show each step.

    Shop and sandbox run on this machine and nothing leaves it. With STRIPE_SECRET_KEY=sk_test_… in the environment the
    purchase goes to Stripe's own test mode instead, where you enter the test card yourself.
    """
    from lightning_cart_host.demo import run_demo
    from lightning_cart_host.stage import DemoPlan

    plan = DemoPlan(
        once=once,
        as_json=as_json,
        port=port,
        sandbox_port=sandbox_port,
        state=state,
        database=database,
        live=live,
        against=against.rstrip("/"),
        sandbox_url=sandbox_url.rstrip("/"),
        patience=patience,
    )
    if not asyncio.run(run_demo(plan, os.environ)):
        raise typer.Exit(1)


@app.command()
def serve(
    host: Host = "127.0.0.1",
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
    from lightning_cart_host.assembly import find_config
    from lightning_cart_host.resources import find_resource
    from lightning_cart_host.running import ShopPlan, serve_shop

    env = _settings()
    folder = Path(storefront) if storefront else find_resource("templates/test-checkout")
    plan = ShopPlan(find_config(config), _database(database, env), None if storefront == "none" else folder)
    asyncio.run(serve_shop(host, port, plan, env))


@app.command()
def sandbox(
    host: Host = "127.0.0.1",
    port: Port = 8090,
    state: State = MEMORY,
    webhook: Annotated[str, typer.Option(help="Where events go, such as http://127.0.0.1:8080/webhook/stripe")] = "",
    webhook_secret: Annotated[str, typer.Option(help="Signs them: the engine's STRIPE_WEBHOOK_SECRET.")] = "",
) -> None:
    """Serve the providers' other end: their APIs, pay pages, webhooks and a ledger. No money moves.

    Give the engine STRIPE_API_BASE=http://127.0.0.1:8090/stripe and any sk_test_ key.
    """
    from lightning_cart_host.running import serve_sandbox

    if bool(webhook) != bool(webhook_secret):
        raise ConfigurationError("--webhook and --webhook-secret belong together: give both or neither")
    asyncio.run(serve_sandbox(host, port, state, webhook, webhook_secret))


@app.command()
def doctor(config: Config = None, database: Database = None, as_json: AsJson = False) -> None:
    """Check keys, catalogue, database, provider and the running engine, and say what to do.

    Ends with 1 if anything is wrong.
    """
    from lightning_cart_host.assembly import find_config
    from lightning_cart_host.doctor import examine
    from lightning_cart_host.tables import print_findings

    env = _settings()
    findings = asyncio.run(examine(env, find_config(config), _database(database, env)))
    if as_json:
        for finding in findings:
            _print_json(finding.view())
    else:
        print_findings(findings)
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)


@catalog.command("check")
def catalog_check(config: Config = None, as_json: AsJson = False) -> None:
    """Read products.toml and sites.toml, and report every mistake. Ends with 1 if there is one."""
    from lightning_cart.errors import CatalogError
    from lightning_cart_host.assembly import find_config, load_catalog

    folder = find_config(config)
    try:
        found = load_catalog(folder)
    except CatalogError as error:
        for mistake in error.mistakes:
            if as_json:
                _print_json({"file": mistake.file, "table": mistake.table, "key": mistake.key, "reason": mistake.reason})
            else:
                typer.echo(str(mistake), err=True)
        raise typer.Exit(1) from error
    counts = {"products": len(found.products), "sites": len(found.sites)}
    if as_json:
        _print_json({"config": str(folder), **counts})
    else:
        typer.echo(f"{folder}: {counts['products']} products and {counts['sites']} sites, no mistakes")


@orders.command("list")
def orders_list(
    status: Annotated[str, typer.Option(help="Only orders of this status, such as paid.")] = "",
    most: Annotated[int, typer.Option("--limit", help="How many at most.", min=1)] = 50,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """List the newest orders."""
    from lightning_cart.order import OrderStatus
    from lightning_cart_host.orders import operator_view, read_orders
    from lightning_cart_host.tables import print_orders

    if status and status not in set(OrderStatus):
        raise ConfigurationError(f"there is no status of that name: use {', '.join(OrderStatus)}")
    found = asyncio.run(read_orders(_database(database, _settings()), status, most))
    if as_json:
        for order in found:
            _print_json(operator_view(order))
    else:
        print_orders(found)


@orders.command("show")
def orders_show(order_id: str, database: Database = None, as_json: AsJson = False) -> None:
    """Show one order, the events that came for it, and the effects that followed."""
    from lightning_cart_host.orders import history_view, read_history
    from lightning_cart_host.tables import print_history

    history = asyncio.run(read_history(_database(database, _settings()), order_id))
    if as_json:
        _print_json(history_view(history))
    else:
        print_history(history)


@orders.command("explain")
def orders_explain(order_id: str, database: Database = None, as_json: AsJson = False) -> None:
    """Tell an order's whole story: what came, what was decided and why, and what followed."""
    from dataclasses import asdict

    from lightning_cart.explaining import explain
    from lightning_cart_host.orders import moment, read_history

    for step in explain(asyncio.run(read_history(_database(database, _settings()), order_id))):
        if as_json:
            _print_json(asdict(step))
            continue
        decided = " ".join(word for word in (f"[{step.before}]" if step.before else "", step.verdict) if word)
        typer.echo(f"{moment(step.at)}  {step.what:<6}  {step.name}{f'  {decided}' if decided else ''}")
        typer.echo(f"{'':27}  {step.why}")


@orders.command("refund")
def orders_refund(
    order_id: str,
    *,
    amount: Annotated[str, typer.Option(help="How much, such as 3.00.", show_default="all that is left")] = "",
    key: Annotated[str, typer.Option(help="To continue a refund that was not answered: the key it was begun with.")] = "",
    reason: Annotated[str, typer.Option(help="A word for the records.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    config: Config = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Give money of a paid order back. What the provider does not answer is continued by the same --key."""
    from lightning_cart.errors import ComeAgain, ProviderUnavailable
    from lightning_cart_host.assembly import find_config
    from lightning_cart_host.ids import new_id
    from lightning_cart_host.operating import refund

    env, key = _settings(), key or new_id()
    if not yes:
        typer.confirm(f"Give {amount or 'all that is left'} of {order_id} back?", abort=True, err=True)
    try:
        made = asyncio.run(
            refund(
                env,
                find_config(config),
                _database(database, env),
                order_id=order_id,
                amount=amount,
                key=key,
                reason=reason,
            )
        )
    except (ProviderUnavailable, ComeAgain):
        typer.echo(f"not answered: run it again with --key {key}, which never gives back twice", err=True)
        raise
    if as_json:
        _print_json(made)
    else:
        typer.echo(f"{made['refund_id']}: {made['amount']} {made['status']}; the order is {made['order_status']}")


@orders.command("cancel")
def orders_cancel(order_id: str, config: Config = None, database: Database = None, as_json: AsJson = False) -> None:
    """Give an order up that nobody has paid: its checkout is closed at the provider."""
    from lightning_cart_host.assembly import find_config
    from lightning_cart_host.operating import cancel

    env = _settings()
    given_up = asyncio.run(cancel(env, find_config(config), _database(database, env), order_id))
    if as_json:
        _print_json(given_up)
    else:
        typer.echo(f"{given_up['order_id']}: {given_up['status']}")


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
    from lightning_cart_host.assembly import find_config
    from lightning_cart_host.operating import report_view, run_reconciler

    env = _settings()
    report = asyncio.run(run_reconciler(env, find_config(config), _database(database, env), most))
    if as_json:
        _print_json(report_view(report))
        return
    typer.echo(f"{report.checked} orders asked about: {report.settled} settled, {report.expired} ended")
    typer.echo(f"{report.refunds} refunds asked about, {report.applied} parked events applied")
    for provider in report.limited:
        typer.echo(f"left alone, because it does not answer: {provider}")
    for finding in report.findings:
        typer.echo(f"{finding.order_id}  {finding.drift}  {finding.detail}".rstrip())
