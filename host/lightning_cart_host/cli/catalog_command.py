# ruff: noqa: PLC0415 - the command imports what it needs by itself, so that `--help` is fast
"""The command `catalog check`."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from lightning_cart_host.cli.exit_codes import FAILED
from lightning_cart_host.cli.options import AsJson, Config, print_json, read_settings_if_possible
from lightning_cart_host.output import plural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from lightning_cart.domain.catalog import Catalog
    from lightning_cart.domain.catalog_mistakes import CatalogMistake


def _cells(text: str) -> int:
    """Return how many columns a text takes, with what stands for characters that the encoding of standard error lacks."""
    from rich.cells import cell_len

    encoding = sys.stderr.encoding or "utf-8"
    return cell_len(text.encode(encoding, sys.stderr.errors or "replace").decode(encoding))


def _print_mistake(out: "Console", mistake: "CatalogMistake") -> None:
    from rich.text import Text

    label = Text("warning: ", "bold yellow") if mistake.level == "warning" else Text("")
    out.print(label + Text(str(mistake)), soft_wrap=not out.is_terminal)  # a program gets the sentence on one line
    if excerpt := mistake.excerpt(out.width - 2, _cells):
        for line in excerpt.splitlines():
            out.print(Text(f"  {line}", "dim"), soft_wrap=True)


def _counts(catalog: "Catalog") -> dict[str, int]:
    return {
        "products": len(catalog.products),
        "variants": sum(len(product.variants) for product in catalog.products.values()),
        "sites": len(catalog.sites),
        "methods": len(catalog.shipping.methods) if catalog.shipping else 0,
        "rates": len(catalog.taxes.rates) if catalog.taxes else 0,
    }


def _count(mistakes: "Sequence[CatalogMistake]", word: str) -> str:
    return f"{len(mistakes) or 'no'} {plural(word, len(mistakes))}"


def catalog_check(
    config: Config = None,
    *,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 if there are warnings, too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Read the catalogue's files, and report every mistake with its line and what to write instead.

    A mistake is also what could never work: a price that no payment method of a site can charge, goods that are too heavy for
    every delivery, or a page that may not call the engine. A warning is what works for some buyers only, or with other
    settings. Exit code 1 if there is a mistake, 0 if there are warnings alone.
    """
    from lightning_cart_host.console import console
    from lightning_cart_host.server.catalog_folder import find_config, inspect_catalog

    folder = find_config(config)
    report = inspect_catalog(folder, env=read_settings_if_possible())
    found = (*report.mistakes, *report.warnings)
    if as_json:
        for mistake in found:
            print_json(mistake.view())
    else:
        out = console(stderr=True)
        for mistake in found:
            _print_mistake(out, mistake)
    if report.catalog is None:
        if not as_json:
            typer.echo(f"{_count(report.mistakes, 'mistake')}, {_count(report.warnings, 'warning')} in {folder}", err=True)
        raise typer.Exit(FAILED)
    counts, warnings = _counts(report.catalog), len(report.warnings)
    if as_json:
        print_json({"config": str(folder), **counts, "warnings": warnings})
    else:
        told = f", {_count(report.warnings, 'warning')}" if warnings else ""
        shown = ", ".join(f"{what}: {count}" for what, count in counts.items() if count)
        typer.echo(f"no mistakes{told} in {folder} ({shown})")
    if strict and warnings:
        raise typer.Exit(FAILED)
