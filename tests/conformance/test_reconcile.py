"""The reconciler reads the provider, corrects each order once whatever was lost, and reports every difference."""

from collections.abc import Callable
from typing import Any

import pytest

from lightning_cart.domain.order import OrderStatus
from lightning_cart.http import HttpResponse
from lightning_cart.usecases.reconcile import reconcile
from lightning_cart.usecases.reconcile_report import DiscrepancyKind, ReconcileReport
from support.harness import Harness, Scenario

type Play = Callable[[Scenario], None]
S = OrderStatus
HOUR = 3600
TABLES = ("orders", "events", "payments", "outbox", "refunds")


async def run(harness: Harness, limit: int = 50, wait: float = HOUR / 4) -> ReconcileReport:
    harness.wait(wait)
    return await reconcile(harness.app.engine, limit)


async def lose_webhooks(harness: Harness) -> None:
    harness.hold_webhooks = True
    await harness.deliver()


def drifts(report: ReconcileReport) -> list[DiscrepancyKind]:
    return [finding.kind for finding in report.discrepancies]


def test_an_order_whose_webhooks_and_buyer_are_all_lost_is_paid_all_the_same(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        await lose_webhooks(harness)
        checkout = await harness.open()
        await harness.visit(checkout, "pay")
        await harness.deliver()
        report = await run(harness)
        assert (await harness.order(checkout)).status is S.PAID
        assert await harness.effects(checkout) == ["order.paid"]
        assert drifts(report) in [[DiscrepancyKind.PAID_THERE], [DiscrepancyKind.NEVER_CAPTURED]]
        assert (await run(harness)).discrepancies == []
        assert harness.paid_out() == {"USD": 1000}

    play(scenario)


def test_an_order_that_nobody_paid_ends_with_its_lifetime(play: Play, strategy: Any) -> None:
    async def scenario(harness: Harness) -> None:
        await lose_webhooks(harness)
        checkout = await harness.open()
        assert (await run(harness)).expired == 0
        assert (await harness.order(checkout)).status is S.OPEN
        report = await run(harness, wait=(strategy.limits.lifetime or 7 * 24 * HOUR) + HOUR)
        assert ((await harness.order(checkout)).status, report.expired, report.discrepancies) == (S.EXPIRED, 1, [])
        assert (await run(harness)).checked == 0

    play(scenario)


def test_an_order_whose_checkout_never_opened_ends_too(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        harness.faults = ["silence"] * 12
        await harness.check_out(key="k")
        harness.faults, harness.calls = [], []
        await run(harness, wait=25 * HOUR)
        assert ([order.status for order in await harness.app.engine.orders.list_orders()], harness.calls) == ([S.EXPIRED], [])

    play(scenario)


def test_a_dashboard_refund_whose_webhook_was_lost_is_found(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        checkout = await harness.buy()
        await lose_webhooks(harness)
        harness.provider.refund(checkout["order_id"], 400)
        await harness.deliver()
        assert drifts(await run(harness)) == [DiscrepancyKind.REFUNDED_THERE]
        order = await harness.order(checkout)
        assert (order.status, order.refunded_minor) == (S.PARTIALLY_REFUNDED, 400)
        assert (await run(harness)).discrepancies == []

    play(scenario)


def test_a_refund_that_was_not_answered_is_finished(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        checkout = await harness.buy()
        harness.faults = ["lost answer"] * 12
        assert (await harness.refund(checkout, amount_minor=300)).status == 504
        harness.faults = []
        assert (await run(harness)).refunds == 1
        history = await harness.app.engine.orders.history(checkout["order_id"])
        assert history is not None
        assert ([refund.status for refund in history.refunds], history.order.refunded_minor) == (["succeeded"], 300)
        assert (await run(harness)).refunds == 0

    play(scenario)


async def paid_unlike_its_total(harness: Harness, total_minor: int) -> tuple[dict[str, Any], ReconcileReport]:
    """Let a buyer pay 1000 of an order with another total, and reconcile."""
    await lose_webhooks(harness)
    checkout = await harness.open()
    await harness.visit(checkout, "pay")
    harness.database.connection.execute(
        "UPDATE orders SET total_minor = ?, goods_minor = ?, lines = replace(lines, '1000', ?)",
        (total_minor, total_minor, str(total_minor)),
    )
    return checkout, await run(harness)


def test_too_much_money_is_reported_and_needs_review(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        checkout, report = await paid_unlike_its_total(harness, 999)
        order = await harness.order(checkout)
        refused_to_capture = drifts(report) == [DiscrepancyKind.REFUSED] and harness.paid_out() == {}
        assert refused_to_capture or (drifts(report), order.needs_review) == ([DiscrepancyKind.WRONG_AMOUNT], True)

    play(scenario)


def test_too_little_money_is_reported_and_never_fulfilled(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        checkout, report = await paid_unlike_its_total(harness, 1001)
        assert (await harness.order(checkout)).status in {S.OPEN, S.PENDING}
        assert "order.paid" not in await harness.effects(checkout)
        assert len(report.discrepancies) == 1

    play(scenario)


def test_each_run_does_bounded_work_and_goes_on_where_the_last_one_stopped(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        await lose_webhooks(harness)
        checkouts = [await harness.open() for _ in range(5)]
        for checkout in checkouts:
            await harness.visit(checkout, "pay")
        harness.wait(HOUR / 4)
        reports = [await reconcile(harness.app.engine, 2) for _ in range(3)]
        assert [(report.checked, report.complete) for report in reports] == [(2, False)] * 3
        assert {(await harness.order(checkout)).status for checkout in checkouts} == {S.PAID}
        assert True in [(await reconcile(harness.app.engine, 2)).complete for _ in range(3)]  # the paid ones are read, too

    play(scenario)


@pytest.mark.parametrize("trouble", ["silence", "limit"])
def test_a_provider_that_does_not_answer_is_left_alone_for_longer_each_time(play: Play, trouble: str) -> None:
    async def scenario(harness: Harness) -> None:
        checkouts = [await harness.open() for _ in range(3)]
        harness.wait(HOUR)
        fault: Any = trouble if trouble == "silence" else HttpResponse(429, {"retry-after": "60"})
        harness.faults = [fault] * 99
        for seconds, asked in ((0, True), (299, False), (2, True), (500, False), (101, True)):
            harness.calls.clear()
            report = await run(harness, wait=seconds)
            assert (len(report.skipped_providers), bool(harness.calls)) == (1, asked)
        harness.faults = []
        assert (await run(harness, wait=1300)).skipped_providers == []
        assert {(await harness.order(checkout)).status for checkout in checkouts} == {S.OPEN}

    play(scenario)


def test_runs_over_unchanged_orders_write_no_row(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        refunded = await harness.buy()
        harness.provider.refund(refunded["order_id"], 400)
        await harness.deliver()
        await harness.open()
        if "pending" in harness.provider.buyer_forms:
            await harness.buy(choice="pending")
        await run(harness)
        counts = [harness.database.count(table) for table in TABLES]
        for _ in range(20):
            await run(harness, wait=60)
        assert [harness.database.count(table) for table in TABLES] == counts

    play(scenario)


def test_an_order_of_an_unknown_strategy_is_reported_and_the_others_are_checked(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        await lose_webhooks(harness)
        lost, paid = await harness.open(), await harness.open()
        for checkout in (lost, paid):
            await harness.visit(checkout, "pay")
        harness.database.connection.execute("UPDATE orders SET strategy = 'removed' WHERE id = ?", (lost["order_id"],))
        report = await run(harness)
        found = [(one.order_id, one.kind) for one in report.discrepancies if one.kind is DiscrepancyKind.UNKNOWN_STRATEGY]
        assert found == [(lost["order_id"], DiscrepancyKind.UNKNOWN_STRATEGY)]
        assert ((await harness.order(lost)).status, (await harness.order(paid)).status) == (S.OPEN, S.PAID)
        assert [(await ask(lost)).status for ask in (harness.cancel, harness.refund, harness.come_back)] == [409, 409, 303]

    play(scenario)
