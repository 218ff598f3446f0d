"""`lightning-cart demo`: one purchase with each way to pay, from the shop page to the ledger, over real sockets.

Usually shop and sandbox both run here. With Stripe's own test mode, or with an engine that runs already, the parts that are
missing here are elsewhere, and the rest is the same.
"""

import asyncio
from collections.abc import Mapping, Sequence

import httpx

from lightning_cart.errors import ConfigurationError
from lightning_cart.settings import valid_base_url
from lightning_cart_host.adapters.http_send import NO_PROXY_MOUNTS
from lightning_cart_host.demo import stripe_test_mode
from lightning_cart_host.demo.exchanges import PurchaseFailed
from lightning_cart_host.demo.ledger import LedgerChange, compare_ledgers
from lightning_cart_host.demo.offers import choose_payment_options, read_payment_options
from lightning_cart_host.demo.purchase import UNREADABLE, Demonstration, unreadable
from lightning_cart_host.demo.stage import DemoPlan, open_servers
from lightning_cart_host.demo.steps import DemoResult, PurchaseResult
from lightning_cart_host.demo.trace import JsonTrace, ReadableTrace, Trace
from lightning_cart_host.demo.witness import read_ledger
from lightning_cart_host.server.serve_commands import graceful_shutdown


def _sum_up(purchases: Sequence[PurchaseResult], addresses: Mapping[str, str], ledger: LedgerChange | None) -> DemoResult:
    failed = [purchase.strategy for purchase in purchases if not purchase.ok]
    if len(purchases) == 1:
        only = purchases[0]
        return DemoResult(only.ok, only.sentence, only.order_id, only.order_status, addresses, ledger, purchases)
    if failed:
        sentence = f"{len(failed)} of {len(purchases)} purchases failed: {', '.join(failed)}."
    else:
        sentence = f"All {len(purchases)} purchases are paid{f': {ledger.summary()}' if ledger else ''}."
    return DemoResult(not failed, sentence, addresses=addresses, ledger=ledger, purchases=purchases)


async def _buy_with_each(show: Demonstration) -> DemoResult:
    stage, plan = show.stage, show.plan
    offers = choose_payment_options(
        await read_payment_options(show.client, stage.shop), plan.strategies, every=bool(stage.sandbox)
    )
    before = await read_ledger(show.client, stage.sandbox) if stage.sandbox else {}
    purchases, ledger = [], None
    for number, offer in enumerate(offers, 1):
        show.trace.purchase(number, len(offers), offer)
        purchase, change = await show.buy(offer)
        purchases.append(purchase)
        if change is not None:
            ledger = compare_ledgers(before, await read_ledger(show.client, stage.sandbox), change.currency)
    return _sum_up(purchases, stage.addresses, ledger)


async def _show(show: Demonstration) -> DemoResult:
    try:
        return await _buy_with_each(show)
    except PurchaseFailed as failure:
        return DemoResult(False, str(failure), addresses=show.stage.addresses)
    except UNREADABLE as error:
        return DemoResult(False, unreadable(error), addresses=show.stage.addresses)


async def run_demo(plan: DemoPlan, environ: Mapping[str, str]) -> bool:
    """Make the purchases and show them; then stay up until told to stop, unless it is for once.

    Args:
        plan: What to show.
        environ: The environment; a key of Stripe's in it means Stripe itself instead of the sandbox.

    Returns:
        Whether all went as it should.

    Raises:
        ConfigurationError: A live key without permission, a way to pay that is not offered, a taken port, or a part that is
            missing.
    """
    if not plan.against:
        stripe_test_mode.check_key(environ, may_be_live=plan.live)
    for option, url in (("--against", plan.against), ("--sandbox-url", plan.sandbox_url)):
        if url and (complaint := valid_base_url(url)):
            raise ConfigurationError(f"the address of {option} {complaint}")
    trace: Trace = JsonTrace() if plan.as_json else ReadableTrace()
    ok = False
    async with graceful_shutdown(), open_servers(plan, environ) as stage:
        trace.begin(stage.addresses)
        stays = not plan.once and not plan.against
        async with httpx.AsyncClient(mounts=NO_PROXY_MOUNTS, timeout=30) as client:
            live = stripe_test_mode.is_live(environ) and not plan.against
            outcome = await _show(Demonstration(plan, stage, client, trace, live))
        trace.end(outcome, stays=stays)
        ok = outcome.ok
        if stays:
            await asyncio.Event().wait()
    return ok
