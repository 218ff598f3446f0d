"""Measures what a large catalogue costs at the edge: `make bench-catalogue`.

It writes catalogues of which every product has four variants, and measures their size, what importing them costs in Pyodide
under Node, and a start, quotes and lists on workerd. What a catalogue may cost is in
`host/lightning_cart_host/edge/compile_catalog.py`.
"""

import argparse
import gzip
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import httpx
from rich.console import Console
from rich.table import Column, Table

from benchmarks.edge.contenders import OURS
from benchmarks.edge.pyodide import Server
from benchmarks.edge.staging import make_own_archives
from benchmarks.edge.traffic import ENV
from lightning_cart.providers import STRATEGIES
from lightning_cart_host.edge.compile_catalog import compile_catalog
from lightning_cart_host.edge.staging import ROOT
from lightning_cart_host.edge.workerd import Workerd
from lightning_cart_host.server.catalog_folder import load_catalog
from lightning_cart_host.shop_client.example_shop import SITE

PRODUCTS = 5000
_SMALL = 10
_REPEATS = 10
_OWN = ("lightning_cart.web.app", "lightning_cart.domain.packed_products")
_IMPORTS = (("workers", ("workers",)), ("PyJWT", ("jwt",)), ("the engine", _OWN), ("the catalogue", ("catalog_data",)))
_SIZES = ("S", "M", "L", "XL")
_WORDS = [
    "cotton",
    "linen",
    "lamp",
    "chair",
    "table",
    "wooden",
    "light",
    "travel",
    "garden",
    "kitchen",
    "poster",
    "print",
    "organic",
    "soft",
    "warm",
    "summer",
    "classic",
]


def _product(number: int) -> str:
    words = [_WORDS[(number * step) % len(_WORDS)] for step in (1, 3, 7, 11)]
    lines = [
        f"[products.p{number}]",
        f'name = "{" ".join(words[:2]).title()} {number}"',
        f'description = "Made of {words[2]}, for {words[3]} and more, number {number * 7919 % 100_003} of its kind."',
        f'prices = {{ EUR = "{number % 90 + 5}.90", USD = "{number % 90 + 7}.50" }}',
        f'image = "/images/p{number}.jpg"',
        f"weight = {number % 900 + 100}",
        f'categories = ["{words[0]}"]',
    ]
    for place, size in enumerate(_SIZES):
        lines += [
            f"[[products.p{number}.variants]]",
            f'id = "{size.lower()}"',
            f'options = {{ size = "{size}" }}',
            f'sku = "SKU-{number * 104_729 % 1_000_003}-{size}"',
            f'prices = {{ EUR = "{number % 90 + 5 + place}.90", USD = "{number % 90 + 7 + place}.50" }}',
        ]
    return "\n".join(lines)


def write_config(folder: Path, products: int) -> Path:
    """Write the example shop's catalogue with other products, four variants of each.

    Args:
        folder: Where; created.
        products: How many.
    """
    shutil.copytree(ROOT / "config", folder)
    text = "\n".join(_product(number) for number in range(products))
    (folder / "products.toml").write_text(f"{text}\n", encoding="utf-8")
    return folder


def _measure_imports(config: Path) -> dict[str, float]:
    """Return the milliseconds of CPU of importing our modules and the catalogue, in Pyodide under Node."""
    with tempfile.TemporaryDirectory() as folder:
        archives = make_own_archives(Path(folder), config)
        with Server(replace(OURS, imports=_IMPORTS), archives, jspi=True, orders=0) as server:
            return server.imports


def _wait_for(call: Callable[[], httpx.Response]) -> tuple[float, httpx.Response]:
    started = time.perf_counter()
    response = call()
    if response.is_error:
        raise SystemExit(f"workerd answered {response.status_code}: {response.text[:500]}")
    return (time.perf_counter() - started) * 1000, response


def _measure_requests(config: Path, products: int) -> dict[str, float]:
    """Return the milliseconds of a start and of requests on workerd."""
    items = [{"id": f"p{products - 1 - place}", "options": {"size": "L"}, "quantity": 2} for place in range(5)]
    cart = {"items": items, "site": SITE, "currency": "EUR", "delivery": {"country": "ES", "method": "pickup"}}
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        with (
            Workerd(Path(folder) / "worker", ENV, config=config) as worker,
            httpx.Client(timeout=120, trust_env=False) as client,
        ):
            figures = {"start": (time.perf_counter() - started) * 1000}
            quotes = [_wait_for(lambda: client.post(f"{worker.address}/quote", json=cart)) for _ in range(_REPEATS)]
            figures["first quote"], figures["later quote"] = quotes[0][0], min(time for time, _ in quotes)
            figures["payment methods"], _ = _wait_for(lambda: client.get(f"{worker.address}/strategies"))
            figures["all products, once"], listed = _wait_for(lambda: client.get(f"{worker.address}/products"))
            if len(listed.json()["products"]) != products:
                raise SystemExit("the list of products is not complete")
            figures["all products, again"], _ = _wait_for(lambda: client.get(f"{worker.address}/products"))
    return figures


def measure(products: int) -> dict[str, dict[str, float]]:
    """Return the figures of a catalogue: its size in KiB, and what it takes in milliseconds.

    Args:
        products: How many products it has.
    """
    with tempfile.TemporaryDirectory() as folder:
        config = write_config(Path(folder) / "config", products)
        source = compile_catalog(load_catalog(config, STRATEGIES)).encode()
        return {
            "KiB": {"catalogue": len(source) / 1024, "gzipped": len(gzip.compress(source, mtime=0)) / 1024},
            "ms of CPU, imports in Pyodide": _measure_imports(config),
            "ms on workerd": _measure_requests(config, products),
        }


def main() -> None:
    """Print the figures of a small and of a large catalogue."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--products", type=int, default=PRODUCTS, help="products of the large catalogue (default: %(default)s)")
    sizes = (_SMALL, parser.parse_args().products)
    figures = [measure(size) for size in sizes]
    table = Table("products, each with four variants", *(Column(f"{size:,}", justify="right") for size in sizes))
    for group, values in figures[0].items():
        for name in values:
            table.add_row(f"{name}, {group}", *(f"{one[group][name]:,.1f}" for one in figures))
    Console().print(table)


if __name__ == "__main__":
    main()
