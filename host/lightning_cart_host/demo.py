"""`lightning-cart demo`: one purchase, from the shop page to the ledger, over real sockets.

Usually shop and sandbox both run here. With Stripe's own test mode, or with an engine that runs already, the parts that are
missing here are elsewhere, and the rest is the same.
"""

import asyncio
from collections.abc import Mapping

import httpx

from lightning_cart.errors import ConfigurationError
from lightning_cart.needs import base_url
from lightning_cart_host.buyer import CARD, PATIENCE, UNSETTLED, Buyer
from lightning_cart_host.exchanges import PurchaseFailed, wait_until
from lightning_cart_host.ledger import LedgerChange
from lightning_cart_host.running import stopping_gently
from lightning_cart_host.sending import AROUND_PROXY
from lightning_cart_host.stage import KEY, DemoPlan, Stage, open_stage
from lightning_cart_host.trace import JsonTrace, Outcome, ReadableTrace, Trace
from lightning_cart_host.witness import Witness

_POLL_SECONDS = 2.0  # between two looks at whether a person has paid


async def _buy_at_sandbox(buyer: Buyer, witness: Witness, *, elsewhere: bool) -> tuple[str, LedgerChange]:
    before = await witness.read_ledger()
    await buyer.open_shop(may_have_none=elsewhere)
    checkout = await buyer.check_out()
    await buyer.come_back(await buyer.pay())
    await buyer.see_paid()
    await witness.see_delivered(checkout.order_id)
    change = await witness.see_ledger(before)
    total = await buyer.total()
    return f"{total.display} left Banco Sabadell: {change.summary(total.currency)}", change


async def _buy_with_person(buyer: Buyer, trace: Trace, patience: float, *, live: bool) -> str:
    """A person pays at the provider's own page. Webhooks cannot reach this machine: the door of the return asks instead."""
    await buyer.open_shop()
    checkout = await buyer.check_out()
    card = (
        "This is a live key: it costs real money." if live else f"Test card {CARD['card_number']}, any future date, any code."
    )
    trace.invite(checkout.url, f"{card} Waiting for {patience:.0f} seconds.")

    async def settled() -> bool:
        await buyer.knock()
        return await buyer.order_status() not in UNSETTLED

    if not await wait_until(settled, patience, _POLL_SECONDS):
        raise PurchaseFailed(f"nobody paid within {patience:.0f} seconds")
    await buyer.come_back(buyer.way_back)
    await buyer.see_paid()
    return f"{(await buyer.total()).display} is paid at the provider"


async def _buy(plan: DemoPlan, stage: Stage, client: httpx.AsyncClient, trace: Trace, *, live: bool) -> Outcome:
    buyer = Buyer(client, stage.shop, trace.step)
    ledger = None
    try:
        if stage.sandbox:
            witness = Witness(buyer, stage.sandbox, min(PATIENCE, plan.patience))
            sentence, ledger = await _buy_at_sandbox(buyer, witness, elsewhere=bool(plan.against))
        else:
            sentence = await _buy_with_person(buyer, trace, plan.patience, live=live)
    except PurchaseFailed as failure:
        return Outcome(False, str(failure), buyer.order_id, await buyer.last_status(), stage.addresses)
    except (LookupError, TypeError, ValueError) as error:
        sentence = f"an answer is not what an engine and a sandbox give ({type(error).__name__})"
        return Outcome(False, sentence, buyer.order_id, "", stage.addresses)
    sentence = f"{sentence}. Order {buyer.order_id} is paid."
    return Outcome(True, sentence, buyer.order_id, await buyer.last_status(), stage.addresses, ledger)


async def run_demo(plan: DemoPlan, environ: Mapping[str, str]) -> bool:
    """Make one purchase and show it; then stay up until told to stop, unless it is for once.

    Args:
        plan: what to show.
        environ: the environment; a `STRIPE_SECRET_KEY` in it means Stripe itself instead of the sandbox.

    Returns:
        Whether all went as it should.

    Raises:
        ConfigurationError: a live key without permission, a taken port, or a part that is missing.
    """
    live = "_live_" in environ.get(KEY, "") and not plan.against
    if live and not plan.live:
        raise ConfigurationError(f"{KEY} is a live key and this would cost real money: use a test key, or add --live")
    for option, url in (("--against", plan.against), ("--sandbox-url", plan.sandbox_url)):
        if url and (complaint := base_url(url)):
            raise ConfigurationError(f"the address of {option} {complaint}")
    trace: Trace = JsonTrace() if plan.as_json else ReadableTrace()
    ok = False
    async with stopping_gently(), open_stage(plan, environ) as stage:
        trace.begin(stage.addresses)
        stays = not plan.once and not plan.against
        async with httpx.AsyncClient(mounts=AROUND_PROXY, timeout=30) as client:
            outcome = await _buy(plan, stage, client, trace, live=live)
        trace.end(outcome, stays=stays)
        ok = outcome.ok
        if stays:
            await asyncio.Event().wait()
    return ok
