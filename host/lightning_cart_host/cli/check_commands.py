# ruff: noqa: PLC0415 - each command imports what it needs by itself, so that `--help` is fast
"""The commands that check an installation and its orders: `doctor` and `reconcile`."""

import asyncio
import os
from typing import Annotated

import typer

from lightning_cart_host.cli.exit_codes import FAILED
from lightning_cart_host.cli.options import (
    AsJson,
    Config,
    Database,
    choose_database,
    print_json,
    read_settings_here,
    read_settings_if_possible,
)

_KINDS = {"unknown_strategy": "not compared"}  # the words of the JSON, for people


def doctor(config: Config = None, database: Database = None, as_json: AsJson = False) -> None:
    """Check keys, catalogue, database, providers and the running engine, and say what to do.

    Exit code 1 if a check fails; warnings alone end with 0.
    """
    from lightning_cart_host.cli.doctor.report import print_checks
    from lightning_cart_host.cli.doctor.run import Installation, run_checks

    env = read_settings_if_possible()
    checks = asyncio.run(run_checks(Installation(env, config, choose_database(database, env), os.environ)))
    if as_json:
        for check in checks:
            print_json(check.view())
    else:
        print_checks(checks)
    if not all(check.ok for check in checks):
        raise typer.Exit(FAILED)


def reconcile(
    limit: Annotated[
        int, typer.Option(help="Maximum number of orders; the next run continues after them.", min=1, metavar="NUMBER")
    ] = 200,
    config: Config = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Compare orders with the providers, and apply what webhooks missed. End what waited for a payment that never came.

    `lightning-cart serve` does it by itself every few minutes. Exit code 0 even if something differed: the differences are
    listed.
    """
    from lightning_cart_host.cli.orders.operator import run_reconciler
    from lightning_cart_host.output import printable
    from lightning_cart_host.server.catalog_folder import find_config

    env = read_settings_here()
    report = asyncio.run(run_reconciler(env, find_config(config), choose_database(database, env), limit))
    if as_json:
        print_json(report.log_fields)
        return
    typer.echo(f"{report.checked} orders checked: {report.settled} settled, {report.expired} expired")
    typer.echo(f"{report.refunds} refunds checked, {report.applied} parked events applied")
    for provider in report.skipped_providers:
        typer.echo(f"skipped, because it does not answer: {provider}")
    for discrepancy in report.discrepancies:
        kind = _KINDS.get(discrepancy.kind, discrepancy.kind)
        typer.echo(printable(f"{discrepancy.order_id}  {kind}  {discrepancy.detail}").rstrip())
