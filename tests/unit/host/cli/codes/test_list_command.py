"""The list of codes says of each what it gives, how often it was used and whether it holds."""

import json
import sys
from collections.abc import Callable
from typing import Any

import pytest

type Cli = Callable[..., tuple[int, str, str]]
type Rows = Callable[[str], list[tuple[Any, ...]]]


@pytest.fixture
def filled(codes: Cli, rows: Rows) -> Cli:
    """Add one code of each kind."""
    codes("add", "SPRING", "--percent", "10", "--product", "mug", "--most-uses", "100", "--once", "--until", "2050-12-31")
    codes("add", "LATER", "--amount", "5EUR", "--least", "20EUR", "--free", "--from", "2050-01-01")
    codes("add", "POST", "--free-delivery", "--percent", "5", "--category", "clothes", "--category", "books")
    codes("add", "ENDED", "--free-delivery")
    codes("add", "SPENT", "--percent", "1", "--most-uses", "3")
    rows("UPDATE codes SET uses = 3 WHERE code <> 'LATER'")
    rows("UPDATE codes SET until_at = 1767225600 WHERE code = 'ENDED'")
    return codes


def cells(out: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("  ") if cell.strip()] for line in out.splitlines()]


def test_each_code_is_a_line(filled: Cli) -> None:
    assert cells(filled("list", "--all")[1]) == [
        ["Code", "Gives", "For", "Uses", "Holds until", "State", "Also"],
        ["ENDED", "free delivery", "everything", "3", "2025-12-31", "over"],
        ["LATER", "€5.00 off", "everything", "0", "not yet", "of €20.00 or more, from 2050-01-01, may come to nothing"],
        ["POST", "5 % off, free delivery", "the categories clothes and books", "3", "active"],
        ["SPENT", "1 % off", "everything", "3/3", "used up"],
        ["SPRING", "10 % off", "mug", "3/100", "2050-12-31", "active", "once per buyer"],
    ]


def test_what_is_over_or_used_up_is_left_out_unless_asked_for(filled: Cli) -> None:
    assert [row[0] for row in cells(filled("list")[1])[1:]] == ["LATER", "POST", "SPRING"]


def test_uses_that_are_not_paid_yet_are_told_apart(filled: Cli, rows: Rows) -> None:
    rows("PRAGMA foreign_keys = OFF")
    rows("INSERT INTO code_uses (order_id, code, buyer, state) VALUES ('ord_1', 'SPRING', '', 'held')")
    assert "3/100 (1 open)" in filled("list")[1]


def test_on_a_narrow_terminal_nothing_is_cut(filled: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    out = filled("list")[1]
    assert "of €20.00 or more, from 2050-01-01, may come to nothing" in " ".join(out.split())
    assert max(map(len, out.splitlines())) <= 60


def test_scripts_get_a_line_of_json_for_each(filled: Cli) -> None:
    found = [json.loads(line) for line in filled("list", "--all", "--json")[1].splitlines()]
    assert [(one["code"], one["state"], one["uses"]) for one in found] == [
        ("ENDED", "over", 3),
        ("LATER", "not yet", 0),
        ("POST", "active", 3),
        ("SPENT", "used up", 3),
        ("SPRING", "active", 3),
    ]


def test_more_codes_than_are_wanted_are_said_to_be_there(filled: Cli) -> None:
    people, scripts = filled("list", "--limit", "2"), filled("list", "--limit", "2", "--json")
    told = "There are more codes: --limit 4 shows more.\n"
    assert (people[1].endswith(told), len(people[1].splitlines())) == (True, 4)
    assert (scripts[1].count("\n"), scripts[2]) == (2, told)


def test_a_shop_without_codes_is_told_so(codes: Cli) -> None:
    assert codes("list") == (0, "no code holds now or later: --all lists those that are over or used up\n", "")
    assert codes("list", "--all") == (0, "there are no codes\n", "")
    assert codes("list", "--json") == (0, "", "")
