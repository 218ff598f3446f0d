"""The commands that change one code say what it does now, and of each mistake what to write."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

type Cli = Callable[..., tuple[int, str, str]]
type Rows = Callable[[str], list[tuple[Any, ...]]]
TERMS = "SELECT code, revision, terms, most_uses, once, from_at, until_at FROM codes"
LOG = "SELECT who, action, subject, reason FROM operator_log ORDER BY id"


def test_what_was_added_is_said_in_one_sentence(codes: Cli, rows: Rows) -> None:
    options = ["--percent", "10", "--product", "tshirt", "--product", "mug", "--until", "2050-12-31"]
    added = codes("add", "spring", *options, "--most-uses", "100", "--once", "--reason", "a sale")
    assert added == (0, "SPRING takes 10 % off tshirt and mug, until 2050-12-31, 100 uses, once per buyer.\n", "")
    assert rows(TERMS) == [("SPRING", 1, '{"percent":"10","products":["tshirt","mug"]}', 100, 1, None, 2556144000)]
    assert rows(LOG) == [("cli", "code add", "code:SPRING", "a sale")]


@pytest.mark.parametrize("amounts", [["5.00EUR", "6USD"], ["5.00 eur", "USD6.00"], ["EUR 5", "6.00 USD"]], ids=" ".join)
def test_amounts_are_read_as_people_write_them(codes: Cli, rows: Rows, amounts: list[str]) -> None:
    given = [word for amount in amounts for word in ("--amount", amount)]
    status, out, _ = codes("add", "FIVE", *given, "--least", "20EUR", "--least", "24.00USD", "--free")
    said = "takes €5.00 or $6.00 off everything, for goods of €20.00 or $24.00 or more, also if nothing is left to pay."
    assert (status, out) == (0, f"FIVE {said}\n")
    terms = {"amounts": {"EUR": 500, "USD": 600}, "least": {"EUR": 2000, "USD": 2400}, "free": True}
    assert json.loads(rows(TERMS)[0][2]) == terms


def test_a_delivery_is_made_free(codes: Cli) -> None:
    added = codes("add", "POST", "--free-delivery", "--category", "clothes", "--from", "2050-01-01T10:00")
    sentence = "POST makes the delivery of an order with the category clothes free, from 2050-01-01 10:00 UTC.\n"
    assert added == (0, sentence, "")


def test_who_takes_everything_off_is_told_that_it_is_not_enough(codes: Cli) -> None:
    told = "An order that comes to nothing by it is refused: --free allows that."
    assert told in codes("add", "ALL", "--percent", "100")[1]
    assert told not in codes("add", "ALL", "--percent", "100", "--free", "--replace")[1]


def test_a_code_that_exists_is_not_changed_by_mistake(codes: Cli, rows: Rows) -> None:
    codes("add", "SPRING", "--percent", "10", "--once")
    refused = codes("add", "Spring", "--percent", "20")
    told = "lightning-cart: SPRING exists already: choose another code, or add --replace to write it anew\n"
    assert (refused, rows(TERMS)[0][1]) == ((2, "", told), 1)


@pytest.mark.parametrize(("uses", "said"), [(0, "no uses"), (1, "1 use"), (12, "12 uses")])
def test_a_code_is_written_anew_and_keeps_its_uses(codes: Cli, rows: Rows, uses: int, said: str) -> None:
    codes("add", "SPRING", "--percent", "10", "--once")
    rows(f"UPDATE codes SET uses = {uses}")
    changed = codes("add", "SPRING", "--percent", "20", "--replace")
    told = f"It was there before, with {said}. Open checkouts keep the old price."
    assert changed == (0, f"SPRING takes 20 % off everything.\n{told}\n", "")
    assert rows(TERMS) == [("SPRING", 2, '{"percent":"20"}', None, 0, None, None)]
    assert rows("SELECT uses FROM codes") == [(uses,)]
    assert [row[1] for row in rows(LOG)] == ["code add", "code change"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ["x!", "--percent", "10"],
            "CODE: must have 1 to 40 letters A to Z, digits, - and _, and begin with a letter or digit",
        ),
        (["X"], "--percent: is missing: write a percentage such as 10, or an amount, or free delivery"),
        (["X", "--percent", "0"], "--percent: must be above 0: write what is taken off, such as 10"),
        (["X", "--percent", "12,5"], "--percent: must be a percentage as a decimal number: write 12.5"),
        (["X", "--amount", "5"], "--amount: 5 must be an amount with its currency, such as 5.00EUR"),
        (["X", "--amount", "\x1b[2J"], "--amount: must be an amount with its currency, such as 5.00EUR"),
        (["X", "--amount", "5,00EUR"], "--amount EUR: must be a decimal number with at most 2 decimals: write 5.00"),
        (["X", "--amount", "-5EUR"], "--amount EUR: must be above 0: such as 5.00"),
        (["X", "--amount", "5EUR", "--amount", "6eur"], "--amount: EUR is there twice: write one amount of each currency"),
        (["X", "--amount", "5EUU"], "--amount EUU: is not a current currency code in capitals: did you mean EUR?"),
        (["X", "--percent", "5", "--least", "5XYZ"], "--least XYZ: is not a current currency code in capitals:"),
        (["X", "--percent", "5", "--amount", "5EUR"], "--amount: cannot be there with a percentage: leave one of them out"),
        (["X", "--percent", "5", "--product", "mgu"], "--product: mgu is no product of the catalogue: did you mean mug?"),
        (["X", "--percent", "5", "--category", "cloths"], "--category: cloths is no category of the catalogue: did you mean"),
        (["X", "--percent", "5", "--product", "supporter"], "--product: all recur, and a code never reduces what recurs"),
        (["X", "--free-delivery", "--product", "handbook"], "--product: are never delivered, so that free delivery takes"),
        (["X", "--percent", "5", "--from", "soon"], "--from: 'soon' is not a day or a time: write 2026-11-01"),
        (["X", "--percent", "5", "--until", "2050-02-30"], "--until: '2050-02-30' is not a day or a time"),
        (["X", "--percent", "5", "--until", "yesterday"], "--until: is in the past, so the code would never hold"),
        (["X", "--percent", "5", "--from", "2050-01-02", "--until", "2050-01-01"], "--from: is not before its end"),
        (["X", "--percent", "5", "--most-uses", "0"], "--most-uses: must be 1 to 1,000,000,000"),
        (["X", "--percent", "5", "--free"], "--free: is only for a code of 100 percent or of an amount"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_mistake_is_named_and_nothing_is_saved(codes: Cli, rows: Rows, arguments: list[str], told: str) -> None:
    status, out, err = codes("add", *arguments)
    assert (status, out, err.startswith(told), err.count("\n")) == (2, "", True, 1), err
    assert (rows(TERMS), rows(LOG)) == ([], [])


def test_all_mistakes_are_named_at_once(codes: Cli) -> None:
    err = codes("add", "?", "--percent", "200", "--product", "x1", "--until", "never", "--most-uses", "0")[2]
    assert [line.partition(":")[0] for line in err.splitlines()] == ["--until", "CODE", "--percent", "--product", "--most-uses"]


def test_a_number_that_is_none_is_refused_by_the_option(codes: Cli) -> None:
    assert codes("add", "X", "--percent", "5", "--most-uses", "many")[0] == 2


def test_a_reason_that_cannot_be_kept_is_refused(codes: Cli, rows: Rows) -> None:
    status, _, err = codes("add", "X", "--percent", "5", "--reason", "x" * 256)
    assert (status, "at most 255 characters" in err, rows(TERMS)) == (1, True, [])


@pytest.mark.parametrize("command", [["add", "X", "--percent", "5"], ["end", "X"], ["list"]], ids=lambda words: words[0])
def test_without_a_database_nothing_is_made(codes: Cli, tmp_path: Path, command: list[str]) -> None:
    (tmp_path / "lightning-cart.db").unlink()
    status, _, err = codes(*command)
    assert (status, "there is no database lightning-cart.db" in err) == (2, True)
    assert not (tmp_path / "lightning-cart.db").exists()


def test_without_a_catalogue_nobody_knows_the_products(codes: Cli) -> None:
    assert codes("add", "X", "--percent", "5", "--config", "nowhere")[0] == 2


def test_scripts_get_json(codes: Cli) -> None:
    added = json.loads(codes("add", "X", "--percent", "5", "--json")[1])
    ended = json.loads(codes("end", "X", "--json")[1])
    assert (added["state"], ended["state"], ended["code"]) == ("active", "over", "X")


def test_a_code_is_ended_once(codes: Cli, rows: Rows) -> None:
    codes("add", "SPRING", "--percent", "10")
    assert codes("end", "spring", "--reason", "leaked") == (0, "SPRING is over.\n", "")
    rows("UPDATE codes SET until_at = 1798761600")
    rows("UPDATE codes SET until_at = 1767225600")
    assert codes("end", "SPRING") == (0, "SPRING was over before: it held until 2025-12-31.\n", "")
    assert rows(LOG)[1:] == [("cli", "code end", "code:SPRING", "leaked")]


@pytest.mark.parametrize(("held", "said"), [(1, "1 open checkout"), (3, "3 open checkouts")])
def test_who_ends_a_code_learns_of_open_checkouts(codes: Cli, rows: Rows, held: int, said: str) -> None:
    codes("add", "SPRING", "--percent", "10")
    for number in range(held):
        rows(
            "INSERT INTO orders (id, site, strategy, provider, status, currency, total_minor, lines, metadata, customer_email,"
            " statement_descriptor_suffix, request_digest, created_at, updated_at)"
            f" VALUES ('ord_{number}', 's', 's', 's', 'open', 'EUR', 1, '[]', '{{}}', '', '', '', 1, 1)"
        )
        rows(f"INSERT INTO code_uses (order_id, code, buyer, state) VALUES ('ord_{number}', 'SPRING', '', 'held')")
    assert codes("end", "SPRING")[1] == f"SPRING is over.\n{said} can still be paid with it.\n"


@pytest.mark.parametrize(
    ("name", "told"), [("SUMMER", "there is no code SUMMER: lightning-cart codes list --all"), ("?", "this is no code: ")]
)
def test_a_code_that_is_not_there_cannot_be_ended(codes: Cli, name: str, told: str) -> None:
    status, out, err = codes("end", name)
    assert (status, out, told in err) == (2, "", True)
