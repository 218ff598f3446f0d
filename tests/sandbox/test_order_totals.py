"""The totals of an engine's orders in the ledger for each provider, and refunds as in its dashboard."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from lightning_cart.providers import STRATEGIES
from lightning_cart_sandbox.document_store import DocumentStore
from support.harness import SANDBOX, Harness, open_harness

type Play = Callable[[Callable[[Harness], Awaitable[None]]], None]


@pytest.fixture(params=STRATEGIES, ids=lambda strategy: strategy.name)
def play(request: pytest.FixtureRequest) -> Play:
    """Runs a scenario with each strategy."""

    def run(scenario: Callable[[Harness], Awaitable[None]]) -> None:
        async def scene() -> None:
            async with open_harness(request.param, None) as harness:
                await scenario(harness)

        asyncio.run(scene())

    return run


async def standings(harness: Harness) -> Any:
    return (await harness.browser.get(f"{SANDBOX}/api/orders")).json()["orders"]


async def refund(harness: Harness, **wish: Any) -> int:
    return (await harness.browser.post(f"{SANDBOX}/api/refunds", json=wish)).status_code


@pytest.mark.parametrize(
    ("amount", "status", "refunded"),
    [
        pytest.param(300, 201, 300, id="a part"),
        pytest.param(1001, 409, 0, id="more than was paid is refused"),
    ],
)
def test_an_order_stands_as_the_ledger_says_after_a_refund(play: Play, amount: int, status: int, refunded: int) -> None:
    async def scenario(harness: Harness) -> None:
        order_id = (await harness.buy())["order_id"]
        wish = {"provider": harness.provider.name, "order_id": order_id, "amount_minor": amount}
        assert await refund(harness, **wish) == status
        assert await standings(harness) == {order_id: {"paid_minor": 1000, "refunded_minor": refunded, "currency": "USD"}}

    play(scenario)


def test_an_order_that_nobody_paid_does_not_stand_there(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        checkout = await harness.open()
        wish = {"provider": harness.provider.name, "order_id": checkout["order_id"], "amount_minor": 300}
        assert (await refund(harness, **wish), await standings(harness)) == (404, {})

    play(scenario)


@pytest.mark.parametrize(
    ("wish", "status"),
    [
        pytest.param({"provider": "stripe", "order_id": "ord_1", "amount_minor": "much"}, 400, id="an amount that is none"),
        pytest.param({"provider": "nobody", "order_id": "ord_1", "amount_minor": 300}, 404, id="an unknown provider"),
        pytest.param([], 400, id="a list"),
    ],
)
def test_a_refund_that_cannot_be_made_is_told(stripe: Any, wish: Any, status: int) -> None:
    assert stripe.ask("POST", "/api/refunds", json=wish).status_code == status


def test_documents_are_found_by_a_field_within_a_field() -> None:
    store = DocumentStore()
    store.index("metadata.order_id")
    for number in (1, 2):
        store.put("thing", {"id": f"t{number}", "metadata": {"order_id": f"ord_{number}"}})
    wanted: dict[str, Any] = {"metadata.order_id": "ord_2"}
    assert [one["id"] for one in store.find("thing", **wanted)] == ["t2"]
    store.close()


def test_a_field_that_is_none_is_not_made_into_sql() -> None:
    store = DocumentStore()
    wanted: dict[str, Any] = {"id') OR 1 --": "x"}
    with pytest.raises(ValueError, match="is not a field's name"):
        store.find("thing", **wanted)
    store.close()


def test_a_session_that_has_ended_is_found_without_reading_the_others(stripe: Any) -> None:
    sql = (
        "EXPLAIN QUERY PLAN SELECT id FROM documents WHERE kind = 'checkout.session' AND "
        "json_extract(body, '$.status') = 'open' AND json_extract(body, '$.expires_at') <= 1"
    )
    assert "USING INDEX sessions_by_end" in stripe.sandbox.store.rows(sql)[0]["detail"]
