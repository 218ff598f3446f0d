"""What buyers, pages and providers have typed moves no cursor of an operator's terminal, and hides or reorders nothing."""

import asyncio
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from lightning_cart.domain.buyer import Address, Buyer, Destination
from lightning_cart.domain.line_item import LineItem
from lightning_cart.domain.money import Money
from lightning_cart.domain.order import CheckoutSession, Dispute
from lightning_cart.domain.payment_event import EventKind
from lightning_cart.domain.price import Delivery
from lightning_cart.domain.taxes import TaxGroup
from lightning_cart.storage.inbox import Inbox
from lightning_cart.storage.orders import OrderStore
from lightning_cart.usecases.refund_preview import RefundPreview
from lightning_cart_host.adapters.sqlite import SqliteDatabase
from lightning_cart_host.cli.confirmation import confirm
from lightning_cart_host.cli.orders.questions import ending_question, refund_question
from lightning_cart_host.resources import find_resource
from support.builders import NOW, ORDER_ID, make_event, make_order
from support.command_line import Terminal

type Cli = Callable[..., tuple[int, str, str]]
HOSTILE = "\x1b[2J\x9b1A\u202egpj\u2066\r\x07\u2028"
LINE = LineItem(
    product_id=f"mug{HOSTILE}",
    name=f"Mug{HOSTILE}",
    unit_price=Money(1000, "USD"),
    quantity=1,
    metadata={HOSTILE: HOSTILE},
    variant_id=f"blue{HOSTILE}",
    options={f"colour{HOSTILE}": f"blue{HOSTILE}"},
    sku=f"M-B{HOSTILE}",
    ships=True,
)
ORDER = make_order(
    lines=(LINE,),
    site_id=f"shop{HOSTILE}",
    customer_email=f"ada{HOSTILE}@example.com",
    metadata={f"note{HOSTILE}": HOSTILE},
    session=CheckoutSession(f"cs{HOSTILE}", "https://pay.example", None),
    delivery=Delivery(f"post{HOSTILE}", f"Post{HOSTILE}"),
    place=Destination(*(f"{name}{HOSTILE}" for name in Destination._fields)),
    taxes=(TaxGroup(f"21{HOSTILE}", f"IVA{HOSTILE}", True, 826, 174),),
    buyer=Buyer(
        Address(*(f"{name}{HOSTILE}" for name in Address._fields)),
        ({f"engraving{HOSTILE}": f"Ada{HOSTILE}"},),
        f"Ring{HOSTILE}",
    ),
)
DISPUTE = make_event(
    EventKind.DISPUTED,
    id=f"evt{HOSTILE}",
    type=f"charge{HOSTILE}",
    object_id=f"dp{HOSTILE}",
    amount=Money(1000, "USD"),
    dispute_reason=f"fraud{HOSTILE}",
)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fill a database with a disputed order."""
    path = tmp_path_factory.mktemp("filled") / "orders.db"

    async def fill() -> None:
        database = SqliteDatabase(path)
        await database.migrate(find_resource("migrations"))
        await OrderStore(database).create_order(ORDER, "", "digest")
        for event in (make_event(EventKind.PAID), DISPUTE):
            await Inbox(database).record_event(event, NOW)
        database.close()

    asyncio.run(fill())
    return path


def obeyed(text: str) -> set[str]:
    """Return the characters of an output that a terminal obeys instead of printing them."""
    return {character for character in text if not character.isprintable()} - {"\n"}


@pytest.mark.parametrize("extra", [[], ["--json"]], ids=["people", "scripts"])
@pytest.mark.parametrize(
    "command",
    [["list"], ["find", "10.00"], ["show", ORDER_ID], ["explain", ORDER_ID], ["stats", "--since", "2026-01-01"]],
    ids=lambda command: command[0],
)
def test_no_command_prints_them(
    lightning_cart: Cli, filled: Path, tmp_path: Path, command: list[str], extra: list[str]
) -> None:
    shutil.copyfile(filled, tmp_path / "orders.db")
    status, out, err = lightning_cart("orders", *command, *extra, "--database", "orders.db")
    assert (status, obeyed(out), obeyed(err)) == (0, set(), set())


@pytest.mark.parametrize("options", [["--excel"], ["--lines"], ["--json"]], ids=" ".join)
def test_no_export_prints_them_on_a_terminal(
    lightning_cart: Cli, filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: list[str]
) -> None:
    shutil.copyfile(filled, tmp_path / "orders.db")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    status, out, _ = lightning_cart("orders", "export", *options, "--database", "orders.db")
    assert (status, obeyed(out), ORDER_ID in out, "order_id" in out) == (0, set(), True, True)


def test_no_question_prints_them(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    seen = RefundPreview(ORDER._replace(paid_minor=1000, dispute=Dispute.OPEN), Money(1000, "USD"), Money(0, "USD"), False)
    monkeypatch.setattr(sys, "stdin", Terminal("y\ny\n"))
    answers = [confirm(refund_question(seen)), confirm(ending_question(ORDER, "Cancel"))]
    asked = capsys.readouterr().err
    assert (answers, obeyed(asked), "Mug\\x1b[2J" in asked) == ([True, True], set(), True)
