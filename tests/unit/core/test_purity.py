"""The core is pure: a promise kept by reading its imports, and by loading it."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from support import ROOT

CORE = ROOT / "core" / "lightning_cart"
STANDARD = "binascii collections.abc dataclasses enum functools hashlib hmac html json math re typing urllib.parse"
ALLOWED = set(STANDARD.split())
DATED = {"datetime"}
ALLOWED_IN = {
    "admin_codes.py": DATED,
    "documents.py": DATED,
    "receipt.py": {"ipaddress", "jwt", "jwt.algorithms"},
    "catalog_source.py": {"bisect", "tomllib"},
    "dates.py": DATED,
    "der.py": DATED,
    "email_address.py": {"unicodedata"},
    "explain.py": DATED,
    "fulfilment_message.py": DATED,
    "order_search.py": {"unicodedata"},
    "untrusted_json.py": DATED,
}
FORBIDDEN = [
    "lightning_cart.storage.loop_leases",
    "lightning_cart.storage.order_search",
    "lightning_cart.usecases.review",
    "lightning_cart.spelling",
    "lightning_cart.usecases.code_wish",
    "lightning_cart.web.admin",
    "lightning_cart.web.admin_codes",
    "asyncio",
    "sqlite3",
    "httpx",
    "subprocess",
    "js",
    "pyodide",
    "workers",
    "stripe",
    "tomllib",
    "decimal",
    "uuid",
]


def imports(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return {name for name in names if name.partition(".")[0] != "lightning_cart"}


@pytest.mark.parametrize("path", sorted(CORE.rglob("*.py")), ids=lambda path: str(path.relative_to(CORE)))
def test_a_module_imports_only_what_the_core_may(path: Path) -> None:
    assert imports(path) <= ALLOWED | ALLOWED_IN.get(path.name, set())


def test_no_module_of_the_core_knows_another_room() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in CORE.rglob("*.py"))
    assert not [room for room in ("lightning_cart_host", "lightning_cart_sandbox") if room in text]


def test_loading_the_app_loads_nothing_that_does_io() -> None:
    # PyJWT brings some of its own (urllib.request, and with it socket and ssl): the core must add none to that.
    script = "import sys, jwt; old = set(sys.modules); import lightning_cart.web.app; print(*sorted(set(sys.modules) - old))"
    loaded = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout.split()
    assert not [name for name in FORBIDDEN if name in loaded]
