"""Imports of the core and of the host run down their packages, and never up."""

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import ROOT

CORE = ("web", "usecases", "providers", "storage", "security", "domain", "ground")
HOST = ("cli", "chaos", "demo", "edge", "generate", "server", "shop_client", "adapters", "ground")
PACKAGES = {"lightning_cart": ("core", CORE), "lightning_cart_host": ("host", HOST)}


def room(module: str) -> str:
    """Return the folder of a module, or `ground` for the modules beside the folders."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and parts[1] in {*CORE, *HOST} else "ground"


@functools.cache
def modules(folder: Path) -> dict[str, Path]:
    """Return every module below a folder, by its dotted name."""
    found = {}
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(folder.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(source: str, known: set[str]) -> Iterator[tuple[int, str]]:
    """Yield each import of a known module, with its line: at the top, in a function, or for types only."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                if full in known or node.module in known:
                    yield node.lineno, full if full in known else node.module


def upward(package: str, source: str, module: str, file: str) -> list[str]:
    """Return the upward imports of a module, as `file:line: room imports room`."""
    folder, order = PACKAGES[package]
    known = set(modules(ROOT / folder / package)) - {package}  # the face hands on what is in every room
    ranks = {name: rank for rank, name in enumerate(order)}
    return [
        f"{file}:{line}: {room(module)} imports {target} of {room(target)}, which is above it"
        for line, target in imports(source, known)
        if ranks[room(target)] < ranks[room(module)]
    ]


FILES = [
    pytest.param(package, name, path, id=str(path.relative_to(ROOT)))
    for package, (folder, _) in PACKAGES.items()
    for name, path in modules(ROOT / folder / package).items()
    if name != package and not name.endswith("__main__")
]


@pytest.mark.parametrize(("package", "module", "path"), FILES)
def test_a_module_imports_nothing_from_above_it(package: str, module: str, path: Path) -> None:
    assert upward(package, path.read_text(encoding="utf-8"), module, str(path.relative_to(ROOT))) == []


@pytest.mark.parametrize(("package", "folder", "order"), [(name, *value) for name, value in PACKAGES.items()])
def test_every_folder_has_its_place_in_the_order(package: str, folder: str, order: tuple[str, ...]) -> None:
    folders = {path.parent.name for path in (ROOT / folder / package).glob("*/__init__.py")}
    assert folders == set(order) - {"ground"}


@pytest.mark.parametrize(
    ("line", "target"),
    [
        ("from lightning_cart.web.app import App", "lightning_cart.web.app of web"),
        ("from lightning_cart.web import app", "lightning_cart.web.app of web"),
        ("import lightning_cart.storage.orders", "lightning_cart.storage.orders of storage"),
        ("def f():\n    from lightning_cart.usecases.engine import Engine", "lightning_cart.usecases.engine of usecases"),
    ],
)
def test_an_import_from_above_is_named_with_its_file_and_line(line: str, target: str) -> None:
    found = upward("lightning_cart", f'"""A module."""\n{line}\n', "lightning_cart.domain.order", "order.py")
    number = 3 if "\n" in line else 2
    assert found == [f"order.py:{number}: domain imports {target}, which is above it"]
