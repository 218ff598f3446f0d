"""`from lightning_cart import …`: each name is found, documented and loaded alone."""

import ast
import importlib
import re
import subprocess
import sys

import pytest

import lightning_cart
from support import ROOT

SOURCE = (ROOT / "core" / "lightning_cart" / "__init__.py").read_text(encoding="utf-8")
(CHECKED,) = [node for node in ast.parse(SOURCE).body if isinstance(node, ast.If)]
HOMES = {alias.name: node.module for node in CHECKED.body if isinstance(node, ast.ImportFrom) for alias in node.names}
"""Each name that a type checker sees, and the module that it comes from."""


def loaded_by(statement: str) -> set[str]:
    """Return the modules of this project that a statement loads in a new process."""
    script = f"import sys; {statement}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout.split()
    return {name for name in loaded if name.startswith("lightning_cart")}


@pytest.mark.parametrize("name", lightning_cart.__all__)
def test_a_name_is_what_type_checkers_see(name: str) -> None:
    assert getattr(lightning_cart, name) is getattr(importlib.import_module(str(HOMES[name])), name)


def test_type_checkers_see_every_name_and_no_other() -> None:
    assert sorted(HOMES) == sorted(lightning_cart.__all__)


def test_every_name_is_documented_and_no_other() -> None:
    page = (ROOT / "docs" / "library.md").read_text(encoding="utf-8")
    table = page.partition("\n## Names\n")[2].partition("\n## ")[0]
    rows = [row.split("|")[1] for row in table.splitlines() if row.startswith("| `")]
    assert sorted(re.findall(r"`(\w+)`", " ".join(rows))) == sorted(lightning_cart.__all__)


def test_the_names_are_listed_by_dir() -> None:
    assert {*lightning_cart.__all__, "__version__"} <= {*dir(lightning_cart)}


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'lightning_cart' has no attribute 'Cart'"):
        _ = lightning_cart.Cart  # type: ignore[attr-defined]


def test_the_package_alone_loads_nothing_else() -> None:
    assert loaded_by("import lightning_cart") == {"lightning_cart"}


def test_a_value_loads_no_provider_and_no_use_case() -> None:
    loaded = loaded_by("from lightning_cart import Money")
    assert "lightning_cart.domain.money" in loaded
    assert [name for name in loaded if re.search(r"\.(providers|storage|usecases|web)\b", name)] == []
