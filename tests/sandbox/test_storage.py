"""The state file: one writer, a disk that fills up at any statement, a process that is killed. The ledger always balances."""

import asyncio
import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lightning_cart_sandbox import StateInUse, create_sandbox
from support import ROOT
from support.sandbox_clients import PayPalClient, SquareClient, StripeClient

TABLES = ("documents", "ledger_transactions", "ledger_entries", "deliveries", "delivery_attempts")
FULL = "database or disk is full"

type Act = Callable[[], Any]


class FullDisk:
    """A connection to a database whose disk is full at the next writing statement but some."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.writes_left = 10**9

    @property
    def in_transaction(self) -> bool:
        return self._connection.in_transaction

    def execute(self, sql: str, parameters: Any = ()) -> sqlite3.Cursor:
        if sql.split(" ", 1)[0] in {"INSERT", "UPDATE", "DELETE", "COMMIT"}:
            self.writes_left -= 1
            if self.writes_left < 0:
                raise sqlite3.OperationalError(FULL)
        return self._connection.execute(sql, parameters)


@pytest.fixture
def disk(stripe: StripeClient) -> Iterator[FullDisk]:
    """Let the sandbox of `stripe` write to a disk that can be full."""
    store = stripe.sandbox.store
    real = store._connection
    store._connection = FullDisk(real)
    yield store._connection
    store._connection = real


def content(client: Any) -> dict[str, list[tuple[Any, ...]]]:
    return {table: [tuple(row) for row in client.sandbox.store.rows(f"SELECT * FROM {table}")] for table in TABLES}


def stripe_page(client: StripeClient) -> Act:
    session = client.session()
    return lambda: client.pay(session)


def stripe_intent(card: str) -> Callable[[StripeClient], Act]:
    params = {"amount": "1000", "currency": "usd", "confirm": "true", "payment_method": card, "return_url": "https://a.test/"}
    return lambda client: lambda: client.api("POST", "payment_intents", params, idempotency_key="k")


def stripe_refund(client: StripeClient) -> Act:
    session = client.session()
    client.pay(session)
    params = {"payment_intent": client.get(f"checkout/sessions/{session['id']}")["payment_intent"]}
    return lambda: client.api("POST", "refunds", params, idempotency_key="k")


def paypal_order(client: StripeClient) -> Act:
    paypal = PayPalClient(client)
    return lambda: paypal.create(paypal_request_id="k")


def paypal_page(client: StripeClient) -> Act:
    paypal = PayPalClient(client)
    order = paypal.order()
    return lambda: paypal.visit(order, "approve")


def paypal_capture(client: StripeClient) -> Act:
    paypal = PayPalClient(client)
    order = paypal.order()
    paypal.visit(order, "approve")
    return lambda: paypal.capture(order, paypal_request_id="k")


def paypal_refund(client: StripeClient) -> Act:
    paypal = PayPalClient(client)
    capture = paypal.captured()
    return lambda: paypal.refund(capture, paypal_request_id="k")


def square_page(client: StripeClient) -> Act:
    square = SquareClient(client)
    link = square.link()
    return lambda: square.pay(link)


def square_refund(client: StripeClient) -> Act:
    square = SquareClient(client)
    payment = square.paid()
    body = {"idempotency_key": "k", "payment_id": payment["id"], "amount_money": payment["total_money"]}
    return lambda: square.api("POST", "refunds", json=body)


@pytest.mark.parametrize(
    "prepare",
    [
        stripe_page,
        pytest.param(stripe_intent("pm_card_visa"), id="stripe_intent"),
        pytest.param(stripe_intent("pm_card_chargeDeclined"), id="stripe_decline"),
        stripe_refund,
        paypal_order,
        paypal_page,
        paypal_capture,
        paypal_refund,
        square_page,
        square_refund,
    ],
)
def test_on_a_full_disk_a_request_changes_nothing_and_succeeds_later(
    stripe: StripeClient, disk: FullDisk, prepare: Callable[[StripeClient], Act]
) -> None:
    stripe.sandbox.stripe.add_webhook_endpoint("http://127.0.0.1:9/stripe")
    stripe.sandbox.paypal.add_webhook("http://127.0.0.1:9/paypal")
    stripe.sandbox.square.add_webhook_subscription("http://127.0.0.1:9/square")
    act = prepare(stripe)
    before, statuses = content(stripe), []
    for writes in range(200):
        disk.writes_left = writes
        answer = act()
        if disk.writes_left >= 0:
            break
        statuses.append(answer.status_code)
        assert content(stripe) == before, f"a disk that was full after {writes} writes left something"
    assert len(statuses) > 2
    assert set(statuses) <= {500, 503}
    assert answer.status_code in {200, 201, 303, 402}
    assert stripe.sandbox.ledger.report()["balanced"]


def test_a_full_disk_is_said_in_each_provider_s_shape(stripe: StripeClient, disk: FullDisk) -> None:
    acts = [stripe_intent("pm_card_visa")(stripe), paypal_order(stripe), square_refund(stripe)]
    disk.writes_left = 1
    first, second, third = (act().json() for act in acts)
    assert (first["error"]["type"], "could not be saved" in first["error"]["message"]) == ("api_error", True)
    assert (second["name"], "debug_id" in second) == ("SERVICE_UNAVAILABLE", True)
    assert (third["errors"][0]["category"], third["errors"][0]["code"]) == ("API_ERROR", "SERVICE_UNAVAILABLE")


def test_a_buyer_s_page_on_a_full_disk_says_that_nothing_happened(stripe: StripeClient, disk: FullDisk) -> None:
    act = stripe_page(stripe)
    disk.writes_left = 2
    page = act()
    assert (page.status_code, "so nothing happened" in page.text, FULL in page.text) == (503, True, False)


def test_webhooks_on_a_full_disk_are_logged_in_one_line_and_sent_later(
    stripe: StripeClient, disk: FullDisk, caplog: pytest.LogCaptureFixture
) -> None:
    stripe.sandbox.stripe.add_webhook_endpoint("http://127.0.0.1:9/stripe", enabled_events=["checkout.session.completed"])
    stripe.pay(stripe.session())
    disk.writes_left = 0

    async def round_of_work() -> None:
        deliveries = stripe.sandbox.deliveries
        async with deliveries.sending():
            deliveries._start_due()
            await asyncio.wait([task for _, task in deliveries._in_flight.values()])

    asyncio.run(round_of_work())
    assert ("could not be attempted: database or disk is full" in caplog.text, "Traceback" in caplog.text) == (True, False)
    disk.writes_left = 10**9
    stripe.drain()
    assert [one["state"] for one in stripe.sandbox.deliveries.latest()] == ["delivered"]


def test_a_second_sandbox_on_one_state_file_is_refused_by_name(tmp_path: Path) -> None:
    state = str(tmp_path / "state.db")
    first = create_sandbox("http://sandbox.test", state=state).state.sandbox
    with pytest.raises(StateInUse, match=r"state\.db is in use by another sandbox \(process \d+\): stop that one, or name"):
        create_sandbox("http://sandbox.test", state=state)
    first.store.close()
    create_sandbox("http://sandbox.test", state=state).state.sandbox.store.close()
    assert [path.name for path in tmp_path.iterdir()] == ["state.db"]


def test_a_state_file_has_one_writer_whatever_it_is_called(tmp_path: Path) -> None:
    (tmp_path / "alias.db").symlink_to(tmp_path / "state.db")
    first = create_sandbox("http://sandbox.test", state=str(tmp_path / "state.db")).state.sandbox
    with pytest.raises(StateInUse):
        create_sandbox("http://sandbox.test", state=str(tmp_path / "alias.db"))
    first.store.close()


@pytest.mark.parametrize(("before", "keys"), [(b"not a database" * 100, {}), (b"", {"paypal": ["no secret"]})])
def test_a_state_file_of_a_failed_start_is_not_held(tmp_path: Path, before: bytes, keys: dict[str, list[str]]) -> None:
    state = tmp_path / "state.db"
    state.write_bytes(before)
    with pytest.raises((sqlite3.DatabaseError, ValueError)) as kept:  # as a notebook keeps its last error
        create_sandbox("http://sandbox.test", state=str(state), keys=keys)
    state.unlink()
    create_sandbox("http://sandbox.test", state=str(state)).state.sandbox.store.close()
    assert kept.tb


def child(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, str(Path(__file__).with_name("storage_child.py")), *arguments]
    return subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, env={"PYTHONPATH": "tests:sandbox"})


@pytest.mark.process
def test_a_file_system_that_fills_up_stops_payments_and_spoils_none(tmp_path: Path) -> None:
    with child("fill", str(tmp_path / "state.db")) as process:
        told = json.loads(process.communicate()[0])
    assert told["paid_before"] > 0
    assert told["refused"] in {500, 503}
    assert (told["paid_after"], told["balanced"], told["charges"]) == (200, True, told["paid_before"] + 1)


@pytest.mark.process
def test_a_sandbox_that_is_killed_while_buyers_pay_leaves_a_balanced_ledger(tmp_path: Path) -> None:
    state = str(tmp_path / "state.db")
    with child("pay", state) as process:
        assert process.stdout
        seen = [process.stdout.readline() for _ in range(12)]
        process.kill()
    assert Path(f"{state}.lock").exists()  # and holds nobody up
    sandbox = create_sandbox("http://sandbox.test", state=state).state.sandbox
    paid = {one["payment_intent"] for one in sandbox.store.find("checkout.session", status="complete")}
    charged = {one["payment_intent"] for one in sandbox.store.find("charge")}
    entered = {one["reference"] for one in sandbox.ledger.transactions()}
    announced = {one["data"]["object"]["id"] for one in sandbox.store.find("event", type="charge.succeeded")}
    balanced = sandbox.ledger.report()["balanced"]
    references = {one["id"] for one in sandbox.store.find("charge")}
    sandbox.store.close()
    assert (len(paid) >= len(seen), balanced) == (True, True)
    assert paid == charged
    assert references == announced == entered & references
