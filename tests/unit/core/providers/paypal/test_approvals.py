"""Two approvals of one PayPal order at the same second, which nothing tells apart."""

import asyncio

from lightning_cart.domain.order import OrderStatus
from lightning_cart.providers.paypal.checkout import PayPal
from support.harness import open_harness


def test_a_card_that_is_declined_and_another_in_the_same_second_pay_once() -> None:
    async def scene() -> None:
        async with open_harness(PayPal) as harness:
            harness.hold_webhooks, harness.wait = True, lambda _seconds: None
            checkout = await harness.open()
            await harness.visit(checkout, "decline")
            again = await harness.come_back(checkout)
            harness.hold_webhooks = False  # a second return in the same second would read nothing
            await harness.visit({"url": again.header("location")}, "pay")
            await harness.deliver()
            assert (await harness.order(checkout)).status is OrderStatus.PAID
            assert harness.paid_out() == {"USD": 1000}
            approved = [call.headers["paypal-request-id"] for call in harness.calls if call.path.endswith("/capture")]
            assert approved[0] == approved[1] != approved[2]

    asyncio.run(scene())
