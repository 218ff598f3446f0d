"""A purchase works on any day: timestamps in SQLite, receipts, signatures and certificates have no last day."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from support.harness import Harness, open_harness

DAYS = [
    datetime(2028, 2, 29, 23, 59, 59, tzinfo=UTC),  # a leap day
    datetime(2038, 1, 19, 3, 14, 7, tzinfo=UTC),  # the last second of 32 bits
    datetime(2049, 12, 31, 23, 59, 59, tzinfo=UTC),  # X.509 writes the years from 2050 in another format
    datetime(2072, 2, 29, tzinfo=UTC),
]


async def buy_and_refund(harness: Harness) -> None:
    checkout = await harness.open()
    lasting = {"expiry": "12/99"} if "expiry" in harness.provider.buyer_forms["pay"] else {}
    await harness.visit(checkout, "pay", **lasting)
    await harness.come_back(checkout)
    await harness.deliver()
    response = await harness.ask("GET", f"/orders/{checkout['order_id']}", authorization=f"Bearer {checkout['receipt']}")
    assert response.status == 200
    order = await harness.order(checkout)
    assert (str(order.status), await harness.effects(checkout)) == ("paid", ["order.paid"])
    assert (await harness.refund(checkout)).status in {200, 201}
    await harness.deliver()
    assert str((await harness.order(checkout)).status) == "refunded"


@pytest.mark.parametrize("day", DAYS, ids=lambda day: f"{day:%Y-%m-%d}")
def test_an_order_is_paid_and_refunded(strategy: Any, day: datetime) -> None:
    async def scene() -> None:
        async with open_harness(strategy, start=int(day.timestamp())) as harness:
            await buy_and_refund(harness)

    asyncio.run(scene())
