"""The buyer's return and a repeated checkout with each strategy: how often the provider is asked, and who is let in."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from lightning_cart.domain.order import OrderStatus
from lightning_cart.usecases.buyer_return import PAUSE_SECONDS
from support.app import problem
from support.harness import Harness, Scenario

type Play = Callable[[Scenario], None]
S = OrderStatus
DAY = 24 * 3600


async def return_path(harness: Harness, checkout: dict[str, Any]) -> str:
    return f"/return/{checkout['order_id']}/{(await harness.order(checkout)).return_token}"


async def ask_return(harness: Harness, path: str, method: str = "GET", **headers: str) -> tuple[int, int]:
    """Return the status of a return, and the number of calls to the provider."""
    harness.calls.clear()
    status = (await harness.ask(method, path, b"", **headers)).status
    return status, len(harness.calls)


def test_returns_within_five_seconds_ask_the_provider_once(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        path = await return_path(harness, await harness.open())
        first = await ask_return(harness, path)
        again = await ask_return(harness, path)
        harness.wait(PAUSE_SECONDS - 1)
        assert (first[0], first[1] > 0, again, await ask_return(harness, path)) == (303, True, (303, 0), (303, 0))
        harness.wait(1)
        assert (await ask_return(harness, path))[1] > 0

    play(scenario)


PREFETCH = {"sec_purpose": "prefetch;prerender"}


@pytest.mark.parametrize(("method", "headers"), [("HEAD", {}), ("GET", PREFETCH)], ids=["HEAD", "prefetch"])
def test_a_return_that_nobody_sees_asks_nothing_and_changes_nothing(play: Play, method: str, headers: dict[str, str]) -> None:
    async def scenario(harness: Harness) -> None:
        harness.hold_webhooks = True
        checkout = await harness.open()
        await harness.visit(checkout, "pay")
        path = await return_path(harness, checkout)
        assert await ask_return(harness, path, method, **headers) == (303, 0)
        assert (await harness.order(checkout)).status is S.OPEN
        assert (await ask_return(harness, path))[0] == 303
        assert (await harness.order(checkout)).status is S.PAID

    play(scenario)


def test_a_return_without_the_orders_token_gets_no_receipt(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        checkout, other = await harness.open(), await harness.open()
        token = (await harness.order(other)).return_token
        for path in (f"/return/{checkout['order_id']}", f"/return/{checkout['order_id']}/{token}"):
            assert await ask_return(harness, path) == (404, 0)

    play(scenario)


def test_the_return_of_a_paid_order_asks_nothing(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        path = await return_path(harness, await harness.buy())
        harness.wait(PAUSE_SECONDS)
        assert await ask_return(harness, path) == (303, 0)

    play(scenario)


@pytest.mark.parametrize("end", ["paid", "cancelled"])
def test_the_key_of_an_ended_checkout_says_so_and_a_new_key_makes_a_new_order(play: Play, end: str) -> None:
    async def scenario(harness: Harness) -> None:
        checkout = await harness.open(key="k")
        if end == "paid":
            await harness.visit(checkout, "pay")
            await harness.come_back(checkout)
        else:
            await harness.cancel(checkout)
        status = (await harness.order(checkout)).status
        refused = problem(await harness.check_out(key="k"))
        assert (refused["type"], refused["order_id"], refused["order_status"], status is S.OPEN) == (
            "/problems/checkout-ended",
            checkout["order_id"],
            status,
            False,
        )
        assert (await harness.open(key="another"))["order_id"] != checkout["order_id"]

    play(scenario)


def test_a_page_that_has_expired_is_not_given_out_again(play: Play, strategy: Any) -> None:
    async def scenario(harness: Harness) -> None:
        checkout = await harness.open(key="k")
        harness.wait((strategy.limits.lifetime or DAY) + 60)
        response = await harness.check_out(key="k")
        if strategy.limits.lifetime:
            assert problem(response)["order_id"] == checkout["order_id"]
        else:  # the key has lapsed
            assert json.loads(response.body)["order_id"] != checkout["order_id"]

    play(scenario)


def test_a_key_lapses_after_a_day(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        first = await harness.open(key="k")
        harness.wait(DAY)
        second = await harness.open(key="k")
        assert (first["order_id"] == second["order_id"], await harness.open(key="k")) == (False, second)

    play(scenario)
