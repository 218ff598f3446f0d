"""One purchase of the demo, with one way to pay: by the scripted buyer at a sandbox, or by a person at the provider itself."""

from dataclasses import dataclass

import httpx

from lightning_cart_host.demo.buyer import UNSETTLED, WEBHOOK_TIMEOUT_SECONDS, Buyer
from lightning_cart_host.demo.exchanges import PurchaseFailed, wait_until
from lightning_cart_host.demo.ledger import LedgerChange
from lightning_cart_host.demo.offers import PaymentOption
from lightning_cart_host.demo.stage import DemoPlan, DemoServers
from lightning_cart_host.demo.steps import PurchaseResult
from lightning_cart_host.demo.trace import Trace
from lightning_cart_host.demo.witness import Witness
from lightning_cart_host.shop_client.form_filling import CARD

_POLL_SECONDS = 2.0  # between two looks at whether a person has paid
UNREADABLE = (LookupError, TypeError, ValueError)  # what comes of reading JSON that is not what it should be


def unreadable(error: Exception) -> str:
    """What to say of an answer that cannot be read."""
    return f"an answer is not what an engine and a sandbox give ({type(error).__name__})"


async def _buy_at_sandbox(buyer: Buyer, witness: Witness, *, elsewhere: bool) -> LedgerChange:
    await witness.begin()
    await buyer.open_shop(may_have_none=elsewhere)
    await buyer.check_out()
    await buyer.come_back(await buyer.pay())
    await buyer.see_paid()
    await witness.see_delivered()
    return await witness.see_ledger()


async def _buy_with_person(buyer: Buyer, trace: Trace, patience: float, *, live: bool) -> str:
    """A person pays at the provider's own page. Webhooks cannot reach this machine: the door of the return asks instead."""
    await buyer.open_shop()
    checkout = await buyer.check_out()
    card = (
        "This is a live key: it costs real money." if live else f"Test card {CARD['card_number']}, any future date, any code."
    )
    trace.invite(checkout.url, f"{card} Waiting for {patience:.0f} seconds.")

    async def settled() -> bool:
        await buyer.poll_return()
        return await buyer.order_status() not in UNSETTLED

    if not await wait_until(settled, patience, _POLL_SECONDS):
        raise PurchaseFailed(f"nobody paid within {patience:.0f} seconds")
    await buyer.come_back(buyer.way_back)
    await buyer.see_paid()
    return f"{(await buyer.total()).display} is paid at the provider"


@dataclass(frozen=True, slots=True)
class Demonstration:
    """What all purchases of a demo share.

    Args:
        plan: What to show.
        stage: Where.
        client: Sends.
        trace: Takes what happens.
        live: Real money is at stake.
    """

    plan: DemoPlan
    stage: DemoServers
    client: httpx.AsyncClient
    trace: Trace
    live: bool

    async def buy(self, offer: PaymentOption) -> tuple[PurchaseResult, LedgerChange | None]:
        """Make one purchase, and show it.

        Args:
            offer: The way to pay.

        Returns:
            How it ended, and how the money moved where that can be seen; what failed is told there, and not raised.
        """
        buyer = Buyer(self.client, self.stage.shop, offer.strategy, self.trace.step)
        change = None
        try:
            if self.stage.sandbox:
                witness = Witness(buyer, self.stage.sandbox, offer.provider, min(WEBHOOK_TIMEOUT_SECONDS, self.plan.patience))
                change = await _buy_at_sandbox(buyer, witness, elsewhere=bool(self.plan.against))
                sentence = change.summary()
            else:
                sentence = await _buy_with_person(buyer, self.trace, self.plan.patience, live=self.live)
        except PurchaseFailed as failure:
            return PurchaseResult(offer.strategy, False, buyer.order_id, await buyer.last_status(), str(failure)), None
        except UNREADABLE as error:
            return PurchaseResult(offer.strategy, False, buyer.order_id, "", unreadable(error)), None
        sentence = f"{sentence}. Order {buyer.order_id} is paid."
        return PurchaseResult(offer.strategy, True, buyer.order_id, await buyer.last_status(), sentence), change
