"""No code, page or notebook imports a module by its old path."""

import re
from collections.abc import Iterator

import pytest

from support import ROOT
from support.documents import tracked

# By package, the modules that moved. Names that are packages now are left out.
MOVED = {
    "lightning_cart": (
        "admin app cancel cart catalog catalog_files checkout engine explaining fulfil ids message metadata money "
        "money_back needs order outbox problem providers.paypal.status providers.reading providers.square.status "
        "providers.stripe.account providers.stripe.lines providers.stripe.links providers.stripe.status receipt "
        "reconcile redaction refund refunding returning rows settling signing sql standard_webhooks store strategy "
        "sweeping views webhook"
    ),
    "lightning_cart_host": (
        "asgi assembly buyer chaos.command cli.data_commands cli.operator cli.order_commands cli.stored_orders commands "
        "compiling connecting data_commands database delivering deploy_check "
        "diagram doctor examples exchanges filling forms guarded ids ledger log offers operating options order_commands "
        "orders purchase running sending serving settings shop stage staging steps stripe_itself tables trace witness "
        "workerd"
    ),
    "lightning_cart_sandbox": (
        "chaos_page deliveries dial meddling other_end outbox paypal.books ports square.books square.returns standing "
        "state stripe.books stripe.returns"
    ),
}
FOLDERS = {"lightning_cart": "core", "lightning_cart_host": "host", "lightning_cart_sandbox": "sandbox"}
READ = ("*.py", "*.pyi", "*.md", "*.ipynb", "*.toml", "*.yml", "*.mjs", "Makefile", "scripts/*")


def old_names() -> Iterator[str]:
    """Yield a pattern for each moved module: its import, and its file name."""
    for package, names in MOVED.items():
        for name in names.split():
            parent, _, last = f"{package}.{name}".rpartition(".")
            yield rf"(?<![\w.]){package}\.{re.escape(name)}(?!\w)"
            yield rf"from {re.escape(parent)} import (?:\w+, )*{last}\b"
            yield re.escape(f"{FOLDERS[package]}/{package}/{name.replace('.', '/')}.py")


OLD = re.compile("|".join(old_names()))


def old_in(text: str) -> Iterator[tuple[int, str]]:
    """Yield each line that names a module where it was, with its number. Every old name contains that of its package."""
    for number, line in enumerate(text.split("\n"), 1):
        if "lightning_cart" in line and OLD.search(line):
            yield number, line.strip()


def test_no_file_names_a_module_where_it_was() -> None:
    found = [
        f"{name}:{number}: {line}"
        for name in tracked(*READ)
        if name not in {"CHANGELOG.md", "tests/docs/test_old_paths.py"}
        for number, line in old_in((ROOT / name).read_text(encoding="utf-8"))
    ]
    assert found == [], "\n".join(found)


@pytest.mark.parametrize(
    "line",
    [
        "from lightning_cart.settling import settling",
        "from lightning_cart import store",
        "python -m lightning_cart_host.deploy_check",
        "core/lightning_cart/money_back.py",
    ],
)
def test_an_old_name_is_found(line: str) -> None:
    assert list(old_in(f"import re\n{line}")) == [(2, line)]
