# ruff: noqa: PLC0415 - the command imports what it needs by itself, so that `--help` is fast
"""The command `catalog list`."""

from typing import TYPE_CHECKING, Annotated

import typer

from lightning_cart_host.cli.options import AsJson, Config, print_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lightning_cart.domain.catalog import Catalog, Product, Variant
    from lightning_cart.domain.money import Money

_HEADINGS = ("Product", "Name", "Prices", "Weight", "Tax", "")


def _priced(prices: "Mapping[str, Money]") -> str:
    return ", ".join(price.display for price in prices.values())


def _amounts(product: "Product") -> str:
    return ", ".join(f"{amount.least.display} to {amount.most.display}" for amount in product.amount.values())


def _remarks(product: "Product", *, active: bool) -> str:
    remarks = {
        "off sale": not active,
        f"every {product.interval}": product.interval is not None,
        "not delivered": not product.ships,
        f"{len(product.inputs)} text{'s' if len(product.inputs) > 1 else ''} to write": bool(product.inputs),
    }
    return ", ".join(remark for remark, is_so in remarks.items() if is_so)


def _weight(grams: int | None) -> str:
    return "" if grams is None else f"{grams:,} g"


def _things(catalog: "Catalog", site: str | None) -> "Iterator[tuple[Product, Variant | None]]":
    """Yield everything that a catalogue, or one of its sites, sells or has taken off sale."""
    for product in catalog.products.values():
        if site is None or not product.sites or site in product.sites:
            yield from ((product, variant) for variant in product.variants or (None,))


def _row(product: "Product", variant: "Variant | None") -> tuple[str, ...]:
    from lightning_cart_host.output import printable

    options = f" ({', '.join(variant.options.values())})" if variant else ""
    weight = product.weight if variant is None or variant.weight is None else variant.weight
    return (
        f"{product.id}/{variant.id}" if variant else product.id,
        printable(product.name + options),
        _amounts(product) if product.amount else _priced(product.prices_of(variant)),
        _weight(weight),
        product.tax,
        _remarks(product, active=product.active and (variant is None or variant.active)),
    )


def _view(product: "Product", variant: "Variant | None") -> dict[str, object]:
    return {
        "id": product.id,
        "variant": variant.id if variant else None,
        "name": product.name,
        "options": dict(variant.options) if variant else {},
        "sku": (variant.sku if variant else "") or product.sku,
        "prices": {code: price.decimal for code, price in product.prices_of(variant).items()},
        "amount": {
            code: {key: bound and bound.decimal for key, bound in amount._asdict().items()}
            for code, amount in product.amount.items()
        },
        "interval": product.interval,
        "weight": product.weight if variant is None or variant.weight is None else variant.weight,
        "ships": product.ships,
        "tax": product.tax,
        "categories": list(product.categories),
        "inputs": [one.id for one in product.inputs],
        "active": product.active and (variant is None or variant.active),
    }


def catalog_list(
    config: Config = None,
    *,
    site: Annotated[str | None, typer.Option(help="Only what this site sells.", show_default="every site")] = None,
    as_json: AsJson = False,
) -> None:
    """List the products with their variants, prices, weights and tax classes.

    A catalogue with mistakes is not listed: `catalog check` explains them.
    """
    from rich.cells import cell_len, set_cell_size

    from lightning_cart_host.cli.options import read_settings_if_possible
    from lightning_cart_host.server.catalog_folder import find_config, load_catalog

    catalog = load_catalog(find_config(config), env=read_settings_if_possible())
    if site is not None and site not in catalog.sites:
        raise typer.BadParameter(f"there is no site {site}: use one of {', '.join(catalog.sites)}.", param_hint="--site")
    things = list(_things(catalog, site))
    if as_json:
        for thing in things:
            print_json(_view(*thing))
        return
    rows = [_HEADINGS, *(_row(*thing) for thing in things)]
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        typer.echo("  ".join(set_cell_size(cell, width) for cell, width in zip(row, widths, strict=True)).rstrip())
