"""A whole purchase with each strategy, from the cart to the ledger, is the same on every runtime."""

import asyncio
import re

import pytest

from lightning_cart.providers import STRATEGIES
from lightning_cart_host.demo.demo import run_demo
from lightning_cart_host.demo.servers import DemoPlan
from support.runtimes import RuntimeShop

pytestmark = [pytest.mark.process, pytest.mark.xdist_group("runtimes")]
NAMES = [strategy.name for strategy in STRATEGIES]


def buy(shop: RuntimeShop, strategy: str) -> bool:
    """Let the demo's scripted buyer buy, and the demo check the result."""
    plan = DemoPlan(
        (strategy,),
        once=True,
        as_json=True,
        port=0,
        sandbox_port=0,
        state="",
        database=None,
        live=False,
        against=shop.runtime.address,
        sandbox_url=shop.gateway.sandbox,
        patience=20,
        chaos="",
    )
    return asyncio.run(run_demo(plan, {}))


@pytest.mark.parametrize("strategy", NAMES)
def test_a_purchase_ends_paid_delivered_and_balanced(
    shop: RuntimeShop, strategy: str, capsys: pytest.CaptureFixture[str]
) -> None:
    done, told = buy(shop, strategy), capsys.readouterr().out
    assert done, told
    orders = set(re.findall(r"ord_\w{26}", told))
    assert [shop.wait_for_message({"order_id": order_id}) for order_id in orders] == [1]


def test_money_goes_back_once_however_often_the_operator_asks(shop: RuntimeShop) -> None:
    checkout = shop.open()
    shop.pay(checkout)
    assert shop.wait_for_message(checkout) == 1
    answers = [shop.refund(checkout, "back") for _ in range(3)]
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["refund_id"] for answer in answers}) == 1
    assert (shop.order(checkout)["status"], shop.order(checkout)["refunded_minor"]) == ("refunded", 1000)


def test_nobody_gives_money_back_without_the_token(shop: RuntimeShop) -> None:
    checkout = shop.open()
    assert [shop.refund(checkout, "back", token).status_code for token in ("wrong", "ñ")] == [401, 401]


def test_an_order_is_seen_with_its_own_receipt_alone(shop: RuntimeShop) -> None:
    mine, other = shop.open(), shop.open()
    assert shop.order(mine)["status"] == "open"
    assert shop.order(mine | {"receipt": other["receipt"]})["type"] == "/problems/receipt-needed"
