"""The commands for one order: found by the beginning of its id, looked at before money moves, explained when stuck."""

import asyncio
import io
import json
import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from lightning_cart.domain.line_item import LineItem
from lightning_cart.domain.money import Money
from lightning_cart.domain.order import CheckoutSession, Dispute, Order, OrderStatus
from lightning_cart.domain.payment_event import EventKind
from lightning_cart.storage.inbox import Inbox
from lightning_cart.storage.orders import OrderHistory, OrderStore
from lightning_cart.usecases.next_steps import NextStep, StepKind
from lightning_cart.usecases.refund_preview import RefundPreview
from lightning_cart_host.adapters.sqlite import SqliteDatabase
from lightning_cart_host.cli import confirmation
from lightning_cart_host.cli.orders.explain_lines import explain_lines
from lightning_cart_host.cli.orders.next_steps_text import say_step
from lightning_cart_host.cli.orders.provider_names import dispute_page, provider_name
from lightning_cart_host.cli.orders.questions import ended_sentence, ending_question, refund_question
from lightning_cart_host.resources import find_resource
from support.builders import NOW, make_event, make_order
from support.command_line import Terminal

type Cli = Callable[..., tuple[int, str, str]]
PAID, UNPAID, GOLD = "ord_01AAAAAAAAAAAAAAAAAAAAAAAA", "ord_01BBBBBBBBBBBBBBBBBBBBBBBB", "ord_02CCCCCCCCCCCCCCCCCCCCCCCC"
ID = "ord_00000000000000000000000001"
USD = Money(900, "USD")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fill a database with a paid order, an unpaid one, and one whose strategy is gone."""
    path, at = tmp_path_factory.mktemp("filled") / "orders.db", int(time.time()) - 3600

    async def fill() -> None:
        database = SqliteDatabase(path)
        await database.migrate(find_resource("migrations"))
        store, inbox = OrderStore(database), Inbox(database)
        times = {"created_at": at, "updated_at": at}
        await store.create_order(make_order(id=PAID, customer_email="ada@example.com", **times), "", "digest")
        await store.create_order(make_order(id=UNPAID, **times), "", "digest")
        await store.create_order(make_order(id=GOLD, strategy="gold", provider="golden", **times), "", "digest")
        await store.save_session(UNPAID, CheckoutSession("cs_1", "https://pay.example", at + 86_400), at)
        await inbox.record_event(make_event(EventKind.PAID, order_id=PAID), at)
        await inbox.record_event(make_event(EventKind.PAID, id="evt_2", order_id=GOLD, provider="golden"), at)
        database.close()

    asyncio.run(fill())
    return path


@pytest.fixture
def orders(lightning_cart: Cli, filled: Path, tmp_path: Path, unreachable: None) -> Cli:  # noqa: ARG001 - the settings
    """Run `lightning-cart orders` on a copy of that database, at a provider that cannot be reached."""
    shutil.copyfile(filled, tmp_path / "orders.db")
    return lambda *arguments: lightning_cart("orders", *arguments, "--database", "orders.db")


class TestTheBeginningOfAnId:
    @pytest.mark.parametrize("typed", [PAID, "ord_01A", "01A", "01a", "ORD_01a", " 01A "])
    def test_names_the_only_order_that_has_it(self, orders: Cli, typed: str) -> None:
        assert orders("show", typed)[1].startswith(PAID)

    @pytest.mark.parametrize(
        "command",
        [["show"], ["explain"], ["replay"], ["cancel"], ["close"], ["accept", "--reason", "x"], ["refund", "--yes"]],
        ids=lambda command: command[0],
    )
    def test_that_several_orders_have_is_refused_by_every_command(self, orders: Cli, command: list[str]) -> None:
        status, out, err = orders(*command, "01")
        assert (status, out) == (2, "")
        assert err == f"lightning-cart: 01 is the beginning of several ids ({UNPAID}, {PAID}): type more characters\n"

    def test_that_no_order_has_is_told_as_it_was_typed(self, orders: Cli) -> None:
        assert "there is no order 03 in " in orders("show", "03")[2]

    @pytest.mark.parametrize("typed", ["", "ord_", " "])
    def test_has_at_least_one_character(self, orders: Cli, typed: str) -> None:
        assert "type at least the first characters" in orders("show", typed)[2]

    def test_is_answered_with_the_whole_id(self, orders: Cli) -> None:
        assert orders("cancel", "01b", "--yes")[2].startswith("no answer")  # the order was found, the provider was not


class TestARefund:
    @pytest.fixture(autouse=True)
    def _terminal(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("sys.stdin", Terminal("n\n"))

    def test_asks_with_everything_that_counts(self, orders: Cli) -> None:
        status, out, err = orders("refund", "01a", "--amount", "5")
        assert (status, out) == (1, "")
        question = "Give $5.00 of $10.00 (Test checkout) back to ada@example.com by Stripe? $5.00 stay. [y/N] "
        assert err == f"{question}nothing was refunded\n"

    @pytest.mark.parametrize(
        ("arguments", "status", "sentence"),
        [
            (["03"], 2, "there is no order 03"),
            ([UNPAID], 1, "the order is open and nothing was paid: cancel it instead"),
            ([GOLD], 2, "the strategy gold is not in this engine"),
            ([PAID, "--amount", "10.01"], 1, "at most $10.00 can be refunded"),
            ([PAID, "--amount", "five"], 2, "--amount five is not an amount of USD"),
            ([PAID, "--amount", "0"], 1, "must be a whole number of minor units"),
        ],
        ids=["no order", "nothing paid", "no strategy", "too much", "no amount", "nothing"],
    )
    def test_that_cannot_be_made_is_refused_without_a_question(
        self, orders: Cli, arguments: list[str], status: int, sentence: str
    ) -> None:
        code, out, err = orders("refund", *arguments)
        assert (code, out, sentence in err, "[y/N]" in err) == (status, "", True, False)

    def test_of_lines_asks_for_what_they_cost(self, orders: Cli) -> None:
        question = "Give $10.00 of $10.00 (for 1 of Test checkout) back to ada@example.com by Stripe? Nothing stays. [y/N] "
        assert orders("refund", "01a", "--line", "test-10:1") == (1, "", f"{question}nothing was refunded\n")
        assert "Give $3.00 of $10.00 (for 1 of " in orders("refund", "01a", "--line", "line#1:1", "--amount", "3")[2]

    @pytest.mark.parametrize(
        ("line", "status", "sentence"),
        [
            ("mug:1", 1, "lines[0]: mug is no line of the order: choose from test-10 (1 of Test checkout)"),
            ("test-10:2", 1, "lines: 2 of test-10 are more than can be refunded: test-10 (1 of Test checkout) are left"),
            ("test-10", 2, "--line test-10 is not a line and its pieces: write tshirt:2, or tshirt/l-blue:2 for a variant"),
            ("test-10:0", 2, "--line test-10:0 is not a line"),
            ("line#0:1", 2, "--line line#0:1 is not a line"),
            ("", 2, "--line  is not a line"),
        ],
    )
    def test_of_no_line_of_the_order_is_refused(self, orders: Cli, line: str, status: int, sentence: str) -> None:
        code, out, err = orders("refund", PAID, "--yes", "--line", line)
        assert (code, out, sentence in err) == (status, "", True), err

    @pytest.mark.parametrize("option", ["--amount", "--key"])
    def test_takes_no_empty_variable_of_a_script_for_everything(self, orders: Cli, option: str) -> None:
        sentence = f"lightning-cart: {option} is empty: enter a value, or leave {option} out\n"
        assert orders("refund", PAID, "--yes", option, "") == (2, "", sentence)

    @pytest.mark.parametrize("nothing", [io.StringIO(), None], ids=["an empty input", "a closed one"])
    def test_is_refused_where_nobody_answers(
        self, orders: Cli, monkeypatch: pytest.MonkeyPatch, nothing: io.StringIO | None
    ) -> None:
        monkeypatch.setattr("sys.stdin", nothing)
        status, _, err = orders("refund", PAID)
        assert (status, err.endswith("as the input is not a terminal and is empty: add --yes to do it\n")) == (2, True)
        assert "Nothing stays." in err

    @pytest.mark.parametrize("answer", [Terminal("y\n"), io.StringIO("y\n")], ids=["a person", "a script that pipes it in"])
    def test_that_is_confirmed_is_made(self, orders: Cli, monkeypatch: pytest.MonkeyPatch, answer: io.StringIO) -> None:
        monkeypatch.setattr("sys.stdin", answer)
        assert "run it again with --key K" in orders("refund", PAID, "--key", "K")[2]  # nobody answers there

    def test_is_of_the_amount_that_was_confirmed_or_not_made(
        self, orders: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def answer_late(_: str) -> bool:
            with closing(sqlite3.connect(tmp_path / "orders.db")) as connection:
                connection.execute("UPDATE payments SET refunded_minor = 300 WHERE order_id = ?", (PAID,))
                connection.commit()
            return True

        monkeypatch.setattr(confirmation, "confirm", answer_late)
        sentence = "lightning-cart: $7.00 can be refunded now, and no longer $10.00: run the command again\n"
        assert orders("refund", PAID) == (1, "", sentence)

    @pytest.mark.parametrize(
        ("option", "sentence"), [(["--key", "K 2"], "visible ASCII"), (["--reason", "x" * 256], "at most 255 characters")]
    )
    def test_has_a_key_and_a_reason_that_can_be_stored(self, orders: Cli, option: list[str], sentence: str) -> None:
        assert sentence in orders("refund", PAID, "--yes", *option)[2]

    def test_without_an_answer_is_explained_with_the_command_that_continues_it(self, orders: Cli) -> None:
        orders("refund", PAID, "--amount", "3.00", "--reason", "one broke", "--yes", "--key", "K")
        command = f"lightning-cart orders refund {PAID} --amount 3.00 --reason 'one broke' --key K"
        assert command in orders("explain", PAID)[1]

    def test_of_lines_without_an_answer_is_continued_with_them(self, orders: Cli) -> None:
        orders("refund", PAID, "--line", "line#1:1", "--yes", "--key", "K")
        assert f"lightning-cart orders refund {PAID} --line test-10:1 --key K" in orders("explain", PAID)[1]

    def test_that_continues_asks_so(self, orders: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
        orders("refund", PAID, "--yes", "--key", "K")
        monkeypatch.setattr("sys.stdin", Terminal("n\n"))
        assert "Continue the refund of $10.00 of $10.00 (Test checkout) to ada@" in orders("refund", PAID, "--key", "K")[2]


class TestEnding:
    @pytest.mark.parametrize("command", ["cancel", "close"])
    def test_asks_a_person_if_the_checkout_can_still_be_paid(
        self, orders: Cli, monkeypatch: pytest.MonkeyPatch, command: str
    ) -> None:
        monkeypatch.setattr("sys.stdin", Terminal("\n"))
        status, out, err = orders(command, UNPAID)
        question = f"{command.title()} {UNPAID} ($10.00, Test checkout, open)? Stripe then takes no payment for it. [y/N] "
        assert (status, out, err) == (1, "", f"{question}nothing was changed\n")

    @pytest.mark.parametrize("answer", [Terminal("y\n"), io.StringIO("")], ids=["a yes", "a script"])
    def test_goes_on_with(self, orders: Cli, monkeypatch: pytest.MonkeyPatch, answer: io.StringIO) -> None:
        monkeypatch.setattr("sys.stdin", answer)
        assert orders("cancel", UNPAID)[2].startswith(("no answer", "Cancel"))

    def test_asks_nothing_about_an_order_that_nobody_can_pay(self) -> None:
        assert ending_question(make_order(status=OrderStatus.EXPIRED), "Cancel") == ""

    @pytest.mark.parametrize(
        ("status", "sentence"),
        [
            (OrderStatus.OPEN, "It can still be paid at Stripe."),
            (OrderStatus.PAID, "$10.00 is kept, and the site is told as for every paid order."),
            (OrderStatus.EXPIRED, "Nothing is kept, and Stripe takes no payment for it any more."),
        ],
    )
    def test_says_what_the_status_means(self, status: OrderStatus, sentence: str) -> None:
        assert ended_sentence(make_order(status=status), Money(1000, "USD")) == sentence


def preview(**changes: Any) -> RefundPreview:
    return RefundPreview(make_order(paid_minor=900, **changes), Money(500, "USD"), Money(400, "USD"), is_repeat=False)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, "Give $5.00 of $9.00 (Test checkout) back to the buyer by Stripe? $4.00 stay."),
        ({"lines": tuple(LineItem(str(n), "Mug", USD, 1) for n in range(3))}, "(Mug and 2 more)"),
        ({"provider": "paypal"}, "by PayPal?"),
        (
            {"tip_minor": 100},
            "Give $5.00 of $10.00 (Test checkout) back to the buyer by Stripe? $1.00 was refunded before. $4.00",
        ),
        (
            {"needs_review": True, "review_reason": "amount"},
            "It needs review (another amount was paid than the order's total). ",
        ),
        ({"needs_review": True}, "It needs review. Give"),
        ({"dispute": Dispute.OPEN}, "A dispute is open, and the provider may pay the buyer, too. Give"),
    ],
    ids=["an order", "several lines", "PayPal", "an earlier refund", "a review", "an old review", "a dispute"],
)
def test_the_question_before_a_refund_names(changes: dict[str, Any], text: str) -> None:
    assert text in refund_question(preview(**changes))


T, AT = NOW + 60, "2026-05-28 20:27:40 UTC"


def said(kind: StepKind, state: str = "", order: Order | None = None, **step: Any) -> str:
    return say_step(NextStep(kind, T, state, **step), order or make_order())


class TestWhatAnOrderWaitsFor:
    @pytest.mark.parametrize(
        ("state", "step", "sentence"),
        [
            (
                "open",
                {"until": T},
                (
                    f"Not paid since {AT}. Its checkout is open until {AT}, then it ends by itself. Stripe was never "
                    f"asked; `lightning-cart reconcile` asks with its next run."
                ),
            ),
            (
                "open",
                {"until": T, "last_at": T, "next_at": T},
                f"Stripe was asked last at {AT}; `lightning-cart reconcile` asks from {AT} on.",
            ),
            ("ended", {"until": T}, f"Not paid, and its checkout ended at {AT}."),
            ("no_page", {"until": T}, f"No payment page was opened since {AT}, so nobody can pay."),
            ("pending", {}, f"Stripe waits for the bank since {AT}."),
            ("part_paid", {"amount": Money(400, "USD")}, "Only $4.00 of $10.00 is paid so far."),
        ],
        ids=["open", "asked", "ended", "no page", "the bank", "the rest"],
    )
    def test_for_money(self, state: str, step: dict[str, Any], sentence: str) -> None:
        assert sentence in said(StepKind.PAYMENT, state, **step)

    @pytest.mark.parametrize(
        ("state", "step", "sentence"),
        [
            ("waiting", {}, f"order.paid is to be told to the shop since {AT}. A running engine does it within seconds"),
            (
                "waiting",
                {"attempts": 1, "reason": "answered 500", "last_at": T, "next_at": T},
                (
                    f"The shop was not told order.paid yet: 1 attempt, the last at {AT}: answered 500. The next "
                    f"attempt is at {AT}."
                ),
            ),
            (
                "dead",
                {"attempts": 9, "last_at": T},
                (
                    f"9 attempts, the last at {AT}: no answer yet. No further attempt is made; try again:\n"
                    f"lightning-cart orders replay {ID} --effect order.paid"
                ),
            ),
        ],
        ids=["not sent", "refused", "given up"],
    )
    def test_for_the_shop(self, state: str, step: dict[str, Any], sentence: str) -> None:
        assert sentence in said(StepKind.MESSAGE, state, subject="order.paid", **step)

    @pytest.mark.parametrize(
        ("state", "sentence"),
        [
            (
                "here",
                (
                    f"$9.00 is kept. Take the order as it is:\nlightning-cart orders accept {ID} --reason …\n"
                    f"Or refund it:\nlightning-cart orders refund {ID}"
                ),
            ),
            ("elsewhere", f"Refund the money at Stripe, then:\nlightning-cart orders close {ID} --reason …"),
            ("nowhere", f"No money is kept:\nlightning-cart orders close {ID}\n"),
        ],
    )
    def test_for_a_decision(self, state: str, sentence: str) -> None:
        text = said(StepKind.REVIEW, state, subject="amount", reason="another amount", amount=USD)
        assert (text.startswith(f"Needs review since {AT}: amount: another amount."), sentence in text) == (True, True)

    def test_for_a_decision_without_a_reason(self) -> None:
        assert "no reason is stored" in said(StepKind.REVIEW, "nowhere")

    @pytest.mark.parametrize(
        ("step", "sentence"),
        [
            (
                {"subject": "dp_1", "amount": USD, "reason": "fraudulent", "until": T},
                f"Dispute dp_1 of $9.00 (fraudulent) is open since {AT}: answer it by {AT} in Stripe's Dashboard",
            ),
            ({}, f"A dispute is open since {AT}: answer it in Stripe's Dashboard"),
        ],
        ids=["known", "unknown"],
    )
    def test_for_an_answer_to_a_dispute(self, step: dict[str, Any], sentence: str) -> None:
        assert said(StepKind.DISPUTE, "open", **step).startswith(sentence)

    @pytest.mark.parametrize(
        ("state", "step", "sentence"),
        [
            ("requested", {"asked": USD}, f"At once:\nlightning-cart orders refund {ID} --amount 9.00 --key K"),
            ("requested", {"reason": "it's late"}, f"orders refund {ID} --reason 'it'\"'\"'s late' --key K"),
            ("pending", {}, "is accepted by Stripe"),
            ("failed", {}, f"Then refund again, with a new key:\nlightning-cart orders refund {ID} --amount 9.00"),
        ],
        ids=["no answer", "all", "pending", "failed"],
    )
    def test_for_a_refund(self, state: str, step: dict[str, Any], sentence: str) -> None:
        assert sentence in said(StepKind.REFUND, state, subject="rfd_1", amount=USD, key="K", **step)

    @pytest.mark.parametrize(
        ("state", "paid", "sentence"),
        [
            ("unknown", 0, "Nothing here can reconcile it or close its checkout: the reason."),
            (
                "settings",
                900,
                (
                    "Nothing here can refund or reconcile it, because settings of stripe_checkout are missing or wrong: "
                    "the reason."
                ),
            ),
        ],
    )
    def test_for_its_strategy(self, state: str, paid: int, sentence: str) -> None:
        order = make_order(paid_minor=paid)
        assert said(StepKind.STRATEGY, state, order, subject="A_KEY", reason="the reason") == sentence

    def test_for_an_event_to_be_applied(self) -> None:
        text = said(StepKind.PARKED, subject="evt_1", reason="charge.refunded", until=T)
        assert text.startswith(f"Event evt_1 (charge.refunded) of Stripe waits since {AT} to be applied")

    @pytest.mark.parametrize(
        ("status", "state", "sentence"),
        [
            (OrderStatus.PAID, "told", "Paid, told to the shop, nothing is waiting."),
            (
                OrderStatus.PAID,
                "no_receiver",
                "Paid, nothing is waiting. The site has no fulfilment URL, so the shop is not told.",
            ),
            (OrderStatus.PARTIALLY_REFUNDED, "told", "Paid and partly refunded: nothing is waiting."),
            (OrderStatus.EXPIRED, "told", "Expired, and nothing was paid: nothing is waiting."),
        ],
    )
    def test_for_nothing(self, status: OrderStatus, state: str, sentence: str) -> None:
        assert said(StepKind.NOTHING, state, make_order(status=status)) == sentence


class TestExplaining:
    def test_ends_with_what_comes_next(self, orders: Cli) -> None:
        lines = orders("explain", UNPAID)[1].splitlines()
        assert lines[lines.index("Next:") + 1].startswith("  Not paid since ")

    def test_fits_a_narrow_terminal_with_commands_that_can_be_copied(self) -> None:
        order = make_order(id=PAID, needs_review=True)
        history = OrderHistory(order, (), (), (), (), (), ())
        lines = list(explain_lines(history, [NextStep(StepKind.REVIEW, NOW, "nowhere")], 60))
        assert [line for line in lines if len(line) > 60] == []
        place = lines.index("    lightning-cart orders close \\")
        assert lines[place + 1] == f"    {PAID}"

    def test_says_that_a_strategy_is_gone(self, orders: Cli) -> None:
        assert "the strategy gold is not in this engine" in orders("explain", GOLD)[1]

    def test_names_the_settings_that_are_missing_here(self, orders: Cli, tmp_path: Path) -> None:
        (tmp_path / ".env").write_text("")
        assert "are missing or wrong: STRIPE_SECRET_KEY" in orders("explain", PAID)[1]

    def test_tells_scripts_what_comes_next(self, orders: Cli) -> None:
        last = json.loads(orders("explain", UNPAID, "--json")[1].splitlines()[-1])
        assert (last["what"], last["kind"], last["state"]) == ("next", "payment", "open")


def test_a_provider_that_is_not_known_is_called_by_its_name() -> None:
    assert (provider_name("acorn_pay"), dispute_page("acorn_pay")) == ("Acorn Pay", "at Acorn Pay")
