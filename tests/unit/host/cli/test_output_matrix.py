"""What the commands print fits narrow and wide terminals, in every encoding, and is plain if a program reads it."""

import asyncio
import io
import os
import re
import sys
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import NamedTuple

import pytest
from rich.cells import cell_len

from lightning_cart.domain.line_item import LineItem
from lightning_cart.domain.money import Money
from lightning_cart.domain.order import CheckoutSession
from lightning_cart.domain.payment_event import EventKind
from lightning_cart.storage.inbox import Inbox
from lightning_cart.storage.orders import OrderStore
from lightning_cart_host.adapters.sqlite import SqliteDatabase
from lightning_cart_host.cli import commands
from lightning_cart_host.cli import main as cli
from lightning_cart_host.resources import find_resource
from support.app import ENV
from support.builders import NOW, make_code, make_event, make_order
from support.command_line import COMMAND
from support.processes import without_settings

NAME, BUYER = "Café ☕ שלום", "ada.lovelace@analytical-engine.example"
IDS = [f"ord_01KSR4X7RZBYE4NC4CNHT5FT{number}X" for number in range(1, 6)]
PAID, SHORT, DISPUTED, REFUNDED, OPEN = IDS
CATALOGUE = {
    "products.toml": f'[products.cafe]\nname = "{NAME}"\nprices = {{ EUR = "9.50", USD = "10.00" }}\n',
    "sites.toml": (
        f'[sites.shop]\nname = "{NAME}"\nsuccess_page = "/ok"\ncancel_page = "/no"\ndefault_strategy = "stripe_checkout"\n'
    ),
}
WRONG = {
    "products.toml": f'[products]\ncafe = {{ name = "{NAME}", price = "9.50" }} # "☕" for all who come by in the morning\n',
    "sites.toml": CATALOGUE["sites.toml"].replace('"/ok"', '"ok"'),
}
ELSEWHERE = {
    "products.toml": CATALOGUE["products.toml"],
    "sites.toml": CATALOGUE["sites.toml"].replace('"/ok"', '"https://www.shop.example/ok"')
    + 'origins = ["https://shop.example"]\n',
}
NOWHERE = "http://127.0.0.1:9"
SETTINGS = {**ENV, "PUBLIC_URL": NOWHERE, **{f"{name}_API_BASE": NOWHERE for name in ("STRIPE", "PAYPAL", "SQUARE")}}

COMMANDS = {
    "catalog check": ("catalog", "check"),
    "catalog check of mistakes": ("catalog", "check", "--config", "wrong"),
    "codes list": ("codes", "list"),
    "doctor": ("doctor",),
    "orders list": ("orders", "list"),
    "orders find": ("orders", "find", BUYER),
    "orders find one": ("orders", "find", PAID[:-1]),
    "orders stats": ("orders", "stats", "--since", "2026-05-01"),
    "orders show": ("orders", "show", DISPUTED),
    "orders explain": ("orders", "explain", DISPUTED),
    "help": ("--help",),
    "help of codes add": ("codes", "add", "--help"),
    "help of orders": ("orders", "--help"),
    "help of orders list": ("orders", "list", "--help"),
    "help of sandbox": ("sandbox", "--help"),
}
WIDTHS, ENCODINGS = (60, 80, 200), ("ascii", "cp1252", "utf-8")
LISTS = ("orders list", "orders find")  # of every order of the database


class Stream(io.TextIOWrapper):
    """Standard output or standard error: a terminal or a pipe, in an encoding."""

    def __init__(self, encoding: str, *, is_terminal: bool) -> None:
        self.written = io.BytesIO()
        super().__init__(self.written, encoding=encoding, newline="\n")
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal


PAGE_LINE = re.compile(r" +(receipt )?page +http://\S+/orders/ord_\w{26}/(page|receipt)/[0-9a-f]{32}")


def as_laid_out(text: str) -> str:
    """Return a text as lines were measured: with the characters that its encoding lacks, instead of their replacements."""
    for replacement, character in {"...": "…", "->": "→", "EUR ": "€"}.items():
        text = text.replace(replacement, character)
    return re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), text)


class Printed(NamedTuple):
    """What a command printed."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        """The lines of both streams as a terminal shows them."""
        shown = re.sub(r"\x1b\[[0-9;]*m|\x1b\]8;[^\x1b]*\x1b\\", "", self.out + self.err)
        return [line.rstrip() for line in shown.splitlines()]


type Run = Callable[..., Printed]


async def fill(path: Path) -> None:
    """Fill a database with a paid, a short, a disputed, a refunded and an open order, of a product named in three scripts."""
    database = SqliteDatabase(path)
    await database.migrate(find_resource("migrations"))
    orders, inbox = OrderStore(database), Inbox(database)
    for number, order_id in enumerate(IDS):
        order = make_order(
            id=order_id,
            lines=(LineItem("cafe", NAME, Money(1000, "USD"), 1),),
            customer_email=BUYER,
            created_at=NOW + number,
            updated_at=NOW + number,
        )
        await orders.create_order(order, "", "digest")
        await orders.save_session(order_id, CheckoutSession(f"cs_{number}", "https://pay.example", None), NOW + number)
    for number, order_id in enumerate(IDS[:4]):
        amount = Money(700 if order_id == SHORT else 1000, "USD")
        event = make_event(EventKind.PAID, id=f"evt_{number}", order_id=order_id, payment_ref=f"pi_{number}", amount=amount)
        await inbox.record_event(event, NOW + 60)
    dispute = {"object_id": "dp_1", "amount": Money(1000, "USD"), "dispute_reason": "fraudulent", "due_at": NOW + 10**6}
    event = make_event(EventKind.DISPUTED, id="evt_d", order_id=DISPUTED, payment_ref="pi_2", **dispute)
    await inbox.record_event(event, NOW + 120)
    for name in ("LATER", "LONG-AND-HARD-TO-GUESS-7Q2K94XM"):
        terms = '{"amounts": {"EUR": 500}, "products": ["cafe"], "categories": ["a", "b"], "least": {"EUR": 2000}}'
        await database.query(make_code(name, from_at=NOW * 2, until_at=NOW * 3, most_uses=9, once=1, terms=terms))
    event = make_event(EventKind.REFUNDED, id="evt_r", order_id=REFUNDED, payment_ref="pi_3", object_id="re_1")
    await inbox.record_event(event, NOW + 120)
    database.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Create a shop's folder: catalogue, settings and orders, and another catalogue with mistakes."""
    folder = tmp_path_factory.mktemp("shop")
    for name, files in {"config": CATALOGUE, "wrong": WRONG, "elsewhere": ELSEWHERE}.items():
        (folder / name).mkdir()
        for file, text in files.items():
            (folder / name / file).write_text(text, encoding="utf-8")
    lines = [f"{name}={value}" for name, value in SETTINGS.items()]
    (folder / ".env").write_text("\n".join(lines), encoding="utf-8")
    asyncio.run(fill(folder / "lightning-cart.db"))
    return folder


@pytest.fixture
def run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command in that folder, with an output of the test's choice."""
    for name in os.environ.keys() - without_settings(os.environ):
        monkeypatch.delenv(name)
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.chdir(folder)

    def run_one(words: tuple[str, ...], width: int, encoding: str, *, piped: bool, written: str = "") -> Printed:
        out, err = (Stream(encoding, is_terminal=not piped) for _ in range(2))
        with monkeypatch.context() as patch:
            patch.setenv("COLUMNS", str(width))
            patch.setattr(sys, "argv", ["lightning-cart", *words])
            patch.setattr(commands, "app", COMMAND)
            patch.setattr(sys, "stdout", out)
            patch.setattr(sys, "stderr", err)
            code: object = 0
            try:
                cli.main()
            except SystemExit as end:
                code = end.code
        printed = [stream.written.getvalue().decode(written or encoding) for stream in (out, err)]
        return Printed(int(str(code or 0)), *printed)

    return run_one


@pytest.mark.parametrize(("width", "encoding"), list(product(WIDTHS, ENCODINGS)))
@pytest.mark.parametrize("name", COMMANDS)
def test_a_terminal_shows_whole_lines(run: Run, name: str, width: int, encoding: str) -> None:
    printed = run(COMMANDS[name], width, encoding, piped=False)
    assert printed.code in {0, 1}
    assert "Traceback" not in printed.err
    # The URL of an order's page is longer than most terminals are wide, and is copied as a whole.
    assert [line for line in printed.lines if cell_len(as_laid_out(line)) > width and not PAGE_LINE.fullmatch(line)] == []
    assert missing_ids(name, printed) == []


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("name", COMMANDS)
def test_a_pipe_gets_whole_lines_without_control_codes(run: Run, name: str, encoding: str) -> None:
    printed = run(COMMANDS[name], 80, encoding, piped=True)
    assert printed.code in {0, 1}
    assert "\x1b" not in printed.out + printed.err
    assert "Traceback" not in printed.err
    assert missing_ids(name, printed) == []


def missing_ids(name: str, printed: Printed) -> list[str]:
    """Return the ids that a list does not have in one piece."""
    expected = IDS if name in LISTS else []
    return [order_id for order_id in expected if not any(order_id in line for line in printed.lines)]


def test_a_pipe_gets_each_mistake_of_the_catalogue_on_one_line(run: Run) -> None:
    lines = run(("catalog", "check", "--config", "elsewhere"), 60, "utf-8", piped=True).lines
    (line,) = (line for line in lines if line.startswith("warning: sites.toml:3: "))
    assert line.endswith('write origins = ["https://shop.example", "https://www.shop.example"]')


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_caret_is_below_its_place_in_every_encoding(run: Run, encoding: str) -> None:
    lines = run(COMMANDS["catalog check of mistakes"], 200, encoding, piped=True).lines
    row = next(row for row, line in enumerate(lines) if line.endswith("^"))
    assert cell_len(lines[row - 1].partition("price =")[0]) == lines[row].index("^")


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_an_export_is_the_same_in_every_encoding(run: Run, encoding: str) -> None:
    printed = run(("orders", "export", "--csv"), 80, encoding, piped=True, written="utf-8")
    assert (printed.code, printed.out.count(NAME)) == (0, len(IDS))
    assert [line.partition(",")[0] for line in printed.lines[1:]] == IDS[::-1]
