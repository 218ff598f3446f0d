"""Every command for codes says of PostgreSQL what it says of a file."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from lightning_cart_host.resources import find_resource

pytestmark = pytest.mark.process

type Cli = Callable[..., tuple[int, str, str]]
STEPS = [
    ("add", "SPRING", "--percent", "10", "--product", "mug", "--until", "2050-12-31", "--most-uses", "3", "--once"),
    ("add", "SPRING", "--percent", "20"),
    ("add", "SPRING", "--percent", "20", "--replace", "--json"),
    ("add", "FIVE", "--amount", "5.00EUR", "--least", "20EUR", "--from", "2050-01-01"),
    ("import", "codes.csv"),
    ("import", "codes.csv", "--replace"),
    ("list", "--all", "--json"),
    ("end", "spring"),
    ("end", "SUMMER"),
    ("list",),
    ("list", "--limit", "1"),
]


def test_every_command_says_the_same(codes: Cli, lightning_cart: Cli, tmp_path: Path, postgres_url: str) -> None:
    (tmp_path / "codes.csv").write_text("code,percent\nB2,5\nA-1,5\nA_1,5\n")
    for step in STEPS:
        assert codes(*step) == lightning_cart("codes", *step, "--database", postgres_url), step


def test_thousands_of_codes_are_saved_at_once(lightning_cart: Cli, tmp_path: Path, postgres_url: str) -> None:
    shutil.copytree(find_resource("config"), tmp_path / "config")
    (tmp_path / "codes.csv").write_text("code,percent\n" + "".join(f"C{number},5\n" for number in range(2000)))
    for options, said in (((), ""), (("--replace",), ", 2000 of which were there before")):
        saved = lightning_cart("codes", "import", "codes.csv", *options, "--database", postgres_url)
        assert saved == (0, f"2000 codes saved{said}\n", "")
    assert re.match(r"Code +Gives", lightning_cart("codes", "list", "--database", postgres_url)[1])
