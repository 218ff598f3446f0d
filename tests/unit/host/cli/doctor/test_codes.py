"""Codes for products and categories that the catalogue does not have are named: for these they never hold."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from lightning_cart_host.cli.doctor import codes
from lightning_cart_host.cli.doctor.check import Check
from lightning_cart_host.cli.doctor.codes import check_codes
from support.app import make_catalog, run
from support.builders import NOW
from support.doctor import CheckedShop, checked_shop

ADVICE = "correct the catalogue, or write the code anew: lightning-cart codes add CODE --replace"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[CheckedShop]:
    with checked_shop(tmp_path) as made:
        yield made


def add(shop: CheckedShop, name: str, terms: str, **columns: Any) -> None:
    values = {"code": name, "revision": 1, "terms": terms, **columns}
    marks = ", ".join("?" * len(values))
    with closing(sqlite3.connect(shop.database, isolation_level=None)) as database:
        database.execute(f"INSERT INTO codes ({', '.join(values)}) VALUES ({marks})", tuple(values.values()))


def found(shop: CheckedShop) -> list[Check]:
    return [check for check in shop.check() if check.subject == "codes"]


def test_codes_for_what_is_sold_are_not_mentioned(shop: CheckedShop) -> None:
    add(shop, "SPRING", '{"percent": "10"}')
    add(shop, "MUGS", '{"percent": "10", "products": ["mug"]}')
    assert found(shop) == []


def test_a_code_for_what_is_not_sold_is_named_with_what_is_missing(shop: CheckedShop) -> None:
    add(shop, "SPRING", '{"percent": "10", "products": ["mug", "cup"], "categories": ["toys\\u001b"]}')
    told = "for what the catalogue does not have: SPRING (product cup, category toys\\x1b)"
    assert found(shop) == [Check("codes", "warn", told, ADVICE)]


def test_of_many_such_codes_some_are_named(shop: CheckedShop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codes, "_PAGE", 2)
    for number in range(5):
        add(shop, f"C{number}", '{"percent": "10", "products": ["cup"]}')
    (check,) = found(shop)
    assert check.detail.endswith(": C0 (product cup); C1 (product cup); C2 (product cup); and 2 more")


def test_codes_that_never_hold_again_are_left_out(shop: CheckedShop) -> None:
    add(shop, "ENDED", '{"percent": "10", "products": ["cup"]}', until_at=1)
    add(shop, "SPENT", '{"percent": "10", "products": ["cup"]}', most_uses=1, uses=1)
    assert found(shop) == []


def test_a_database_that_cannot_be_read_is_another_checks_business(tmp_path: Path) -> None:
    for path in (tmp_path / "none.db", tmp_path):
        assert run(check_codes(str(path), make_catalog(), lambda: NOW)) == []
    (tmp_path / "empty.db").touch()
    assert run(check_codes(str(tmp_path / "empty.db"), make_catalog(), lambda: NOW)) == []
