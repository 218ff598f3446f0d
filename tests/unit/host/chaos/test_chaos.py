"""Many buyers buy under injected faults: every order ends as the ledger says, and a wrong one is named."""

import json
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from lightning_cart_host.chaos import run
from lightning_cart_host.chaos.assessment import OrderTotals, Snapshot, assess
from lightning_cart_host.chaos.latency import LatencyComparison
from lightning_cart_host.chaos.plan import ChaosPlan
from lightning_cart_host.chaos.samples import sum_up
from lightning_cart_host.chaos.scripts import PENDING_ACTS, Act, Script, write_scripts
from lightning_cart_host.chaos.servers import ChaosServers
from lightning_cart_host.chaos.shopper import PurchaseResult
from lightning_cart_sandbox import Chaos
from lightning_cart_sandbox.chaos.dial import DELIVERY, Fault

type Cli = Callable[..., tuple[int, str, str]]
PROVIDERS = {"stripe_checkout": "stripe", "stripe_links": "stripe", "paypal": "paypal", "square": "square"}
SLOW = frozenset({"stripe", "paypal"})
PAID = {"order.paid": {"msg_1"}}


def purchase(act: Act = Act.PAY, order_id: str = "ord_1", trouble: str = "") -> PurchaseResult:
    return PurchaseResult(Script(7, "paypal", "paypal", act, twice=False), order_id, trouble)


def snapshot(
    order: OrderTotals | None, *, paid: int = 1000, refunded: int = 0, messages: int = 1, received: Any = None
) -> Snapshot:
    ledger = {"ord_1": {"paid_minor": paid, "refunded_minor": refunded}} if paid else {}
    orders = {"ord_1": order} if order else {}
    return Snapshot(orders, ledger, {"ord_1": ["order.paid"] * messages}, {"ord_1": PAID if received is None else received})


class TestScripts:
    def test_the_same_seed_gives_the_same_and_another_seed_others(self) -> None:
        assert write_scripts(100, 1, PROVIDERS, SLOW) == write_scripts(100, 1, PROVIDERS, SLOW)
        assert write_scripts(100, 1, PROVIDERS, SLOW) != write_scripts(100, 2, PROVIDERS, SLOW)

    def test_every_way_to_pay_is_used_as_often(self) -> None:
        assert set(Counter(one.strategy for one in write_scripts(400, 1, PROVIDERS, SLOW)).values()) == {100}

    def test_everything_that_can_happen_happens(self) -> None:
        scripts = write_scripts(1000, 1, PROVIDERS, SLOW)
        assert {one.act for one in scripts} == set(Act)
        assert {one.twice for one in scripts} == {True, False}

    def test_nobody_waits_for_money_where_it_comes_at_once(self) -> None:
        assert {one.provider for one in write_scripts(1000, 1, PROVIDERS, SLOW) if one.act in PENDING_ACTS} == SLOW


class TestThePlan:
    def test_a_fifth_of_the_webhooks_is_faulty_and_a_twentieth_is_dropped(self) -> None:
        dial = Chaos.parse(ChaosPlan(10, 5, 7, 0).dial)
        faulty = sum(dial.rate(fault) for fault in DELIVERY if fault is not Fault.DROP)
        assert (dial.seed, round(faulty, 9), dial.drop) == (7, 0.2, 0.05)
        assert [fault for fault in Fault if not dial.rate(fault)] == []


class TestTheAssessment:
    @pytest.mark.parametrize(
        ("order", "state"),
        [
            pytest.param(OrderTotals("paid", 1000, 0), {}, id="paid"),
            pytest.param(OrderTotals("partially_refunded", 1000, 300), {"refunded": 300}, id="refunded in part"),
            pytest.param(OrderTotals("refunded", 1000, 1000), {"refunded": 1000}, id="refunded"),
            pytest.param(OrderTotals("expired", 0, 0), {"paid": 0, "messages": 0, "received": {}}, id="not paid"),
        ],
    )
    def test_an_order_that_matches_the_ledger_is_right(self, order: OrderTotals, state: Any) -> None:
        assert assess([purchase()], snapshot(order, **state)).ok

    @pytest.mark.parametrize(
        ("order", "state", "why"),
        [
            pytest.param(OrderTotals("paid", 1000, 0), {"refunded": 300}, "the ledger 1000 and 300", id="a refund is missed"),
            pytest.param(OrderTotals("paid", 900, 0), {}, "it has 900 paid", id="a dollar is missed"),
            pytest.param(OrderTotals("expired", 1000, 0), {}, "expired instead of paid", id="the status is wrong"),
            pytest.param(OrderTotals("open", 0, 0), {}, "open instead of paid", id="the payment is missed"),
            pytest.param(
                OrderTotals("open", 0, 0), {"paid": 0, "messages": 0, "received": {}}, "without a payment", id="it never ends"
            ),
            pytest.param(OrderTotals("paid", 1000, 0, True), {}, "it needs a manual review", id="it is to be reviewed"),
            pytest.param(OrderTotals("paid", 1000, 0), {"messages": 0}, "0 messages order.paid instead of 1", id="no message"),
            pytest.param(
                OrderTotals("paid", 1000, 0), {"messages": 2}, "2 messages order.paid instead of 1", id="two messages"
            ),
            pytest.param(
                OrderTotals("paid", 1000, 0), {"received": {}}, "told of 0 payments instead of 1", id="nobody is told"
            ),
            pytest.param(
                OrderTotals("paid", 1000, 0),
                {"received": {"order.paid": {"msg_1", "msg_2"}}},
                "told of 2 payments instead of 1",
                id="told twice",
            ),
            pytest.param(None, {}, "the engine returned its id and has not stored it", id="it is lost"),
        ],
    )
    def test_an_order_that_is_wrong_is_named_with_the_reason(self, order: OrderTotals | None, state: Any, why: str) -> None:
        assessment = assess([purchase()], snapshot(order, **state))
        assert not assessment.ok
        assert (assessment.wrong[0].order_id, assessment.wrong[0].number) == ("ord_1", 7)
        assert why in assessment.wrong[0].why

    def test_only_an_order_with_a_pending_payment_may_wait(self) -> None:
        pending = snapshot(OrderTotals("pending", 0, 0), paid=0, messages=0, received={})
        assert [assess([purchase(act)], pending).ok for act in (Act.STAY_PENDING, Act.PAY)] == [True, False]

    def test_a_payment_without_an_order_is_found(self) -> None:
        (wrong,) = assess([], snapshot(None)).wrong
        assert (wrong.order_id, wrong.why) == ("ord_1", "it was paid, and the engine has no such order")

    def test_a_buyer_without_a_checkout_is_found(self) -> None:
        (wrong,) = assess([purchase(order_id="", trouble="it hung")], Snapshot({}, {}, {}, {})).wrong
        assert (wrong.number, wrong.why) == (7, "it was never created: it hung")

    def test_the_cents_are_summed_on_both_sides(self) -> None:
        assessment = assess([purchase()], snapshot(OrderTotals("partially_refunded", 1000, 300), refunded=301))
        assert (assessment.orders_minor, assessment.books_minor, assessment.ok) == (700, 699, False)


class TestTimes:
    def test_the_slowest_of_each_half_and_each_hundred_is_told(self) -> None:
        summary = sum_up("webhooks", [float(number) for number in range(1, 101)], 10)
        assert (summary.count, summary.per_second, summary.p50, summary.p99) == (100, 10.0, 51.0, 100.0)

    def test_where_nothing_was_measured_nothing_is_told(self) -> None:
        assert sum_up("webhooks", [], 0) == sum_up("webhooks", [], 1)

    @pytest.mark.parametrize(("many_ms", "expected"), [(1.3, True), (1.31, False)], ids=["within", "beyond"])
    def test_a_crowded_table_may_slow_a_webhook_by_so_much(self, many_ms: float, expected: bool) -> None:
        assert LatencyComparison(1000, 1_000_000, 1.0, many_ms).within_limit is expected


def chaos(lightning_cart: Cli, *arguments: str) -> tuple[int, str, str]:
    return lightning_cart("chaos", "--buyers", "20", "--seed", "3", "--crowded", "0", "--result", "chaos.json", *arguments)


@pytest.mark.process
def test_every_order_ends_as_the_ledger_says(lightning_cart: Cli) -> None:
    status, out, err = chaos(lightning_cart, "--orders", "120", "--json")
    result = json.loads(out)
    assert (status, result["wrong"], result["doubled"]) == (0, [], 0), err
    assert result["orders_minor"] == result["books_minor"] > 0
    assert result["reconciler"]["quiet"]
    assert sum(sum(counts.values()) for counts in result["statuses"].values()) == 120
    assert {"paid", "partially_refunded", "refunded", "expired"} <= set().union(*result["statuses"].values())
    assert set(result["faults"]) >= set(DELIVERY)
    assert json.loads(Path("chaos.json").read_text(encoding="utf-8")) == result


@pytest.mark.process
def test_a_wrong_order_is_named_with_how_to_reproduce_it(lightning_cart: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    touched: list[str] = []

    def steal_a_cent(ground: ChaosServers) -> None:
        with closing(sqlite3.connect(ground.database, isolation_level=None)) as database:
            (order_id,) = database.execute("SELECT id FROM orders WHERE status = 'paid' LIMIT 1").fetchone()
            database.execute("UPDATE orders SET refunded_minor = 1 WHERE id = ?", (order_id,))
        touched.append(order_id)

    monkeypatch.setattr(run, "run_chaos", partial(run.run_chaos, tamper=steal_a_cent))
    status, out, _ = chaos(lightning_cart, "--orders", "12")
    told = " ".join(out.split())
    assert status == 1
    assert f"{touched[0]}: it has 1000 paid and 1 refunded, the ledger 1000 and 0" in told
    assert 'make chaos ARGS="--orders 12 --seed 3"' in told


def test_a_folder_that_is_there_already_is_not_written_into(lightning_cart: Cli) -> None:
    status, _, err = chaos(lightning_cart, "--keep", ".")
    assert (status, "--keep needs a new folder" in err) == (2, True)
