"""`lightning-cart demo`: one purchase with each payment strategy, from the shop page to the ledger, over real sockets.

The demo starts a shop and a sandbox. It can also buy at Stripe's test mode, or at an engine that runs already.
"""

import asyncio
from collections.abc import Mapping, Sequence

import httpx

from lightning_cart.domain.order import ENGINE
from lightning_cart.errors import ConfigurationError
from lightning_cart.settings import valid_base_url
from lightning_cart.usecases.cart_free import LABEL
from lightning_cart_host.adapters.proxies import NO_PROXY_MOUNTS
from lightning_cart_host.demo import stripe_test_mode
from lightning_cart_host.demo.ledger import LedgerChange, compare_ledgers
from lightning_cart_host.demo.purchase import UNREADABLE, Demonstration, unreadable_response
from lightning_cart_host.demo.sandbox_observer import read_ledger
from lightning_cart_host.demo.servers import DemoPlan, open_servers
from lightning_cart_host.demo.steps import DemoResult, PurchaseResult
from lightning_cart_host.demo.trace import JsonTrace, ReadableTrace, Trace
from lightning_cart_host.server.shutdown import graceful_shutdown
from lightning_cart_host.shop_client.example_shop import FREE
from lightning_cart_host.shop_client.payment_options import PaymentOption, choose_payment_options, read_payment_options
from lightning_cart_host.shop_client.requests import PurchaseFailed

_FREE_OPTION = PaymentOption(FREE, LABEL, ENGINE)


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


async def _buy_with_each(demonstration: Demonstration) -> DemoResult:
    client, servers, plan = demonstration.client, demonstration.servers, demonstration.plan
    offered = await read_payment_options(client, servers.shop)
    options = choose_payment_options(offered, plan.strategies, all_by_default=bool(servers.sandbox))
    is_free_too = bool(plan.code and not plan.against)  # an engine elsewhere does not have our codes
    orders = [(option, demonstration.buy) for option in options]
    orders += [(_FREE_OPTION, demonstration.order_free)] if is_free_too else []
    before = await read_ledger(client, servers.sandbox) if servers.sandbox else {}
    purchases, ledger, addresses = [], None, servers.addresses
    for number, (option, order) in enumerate(orders, 1):
        demonstration.trace.purchase(number, len(orders), option)
        result, change, receipt = await order(option)
        purchases.append(result)
        addresses |= {"receipt": receipt} if receipt and plan.stays else {}
        if change is not None:
            ledger = compare_ledgers(before, await read_ledger(client, servers.sandbox), change.currency)
    return _sum_up(purchases, addresses, ledger)


async def _run(demonstration: Demonstration) -> DemoResult:
    try:
        return await _buy_with_each(demonstration)
    except PurchaseFailed as failure:
        return DemoResult(False, str(failure), addresses=demonstration.servers.addresses)
    except UNREADABLE as error:
        return DemoResult(False, unreadable_response(error), addresses=demonstration.servers.addresses)


async def run_demo(plan: DemoPlan, environ: Mapping[str, str]) -> bool:
    """Make the purchases and show them. Unless `plan.once` is set, keep the servers running until a signal.

    Args:
        plan: The demo's options.
        environ: The environment variables. With a Stripe key, the shop uses Stripe instead of the sandbox.

    Returns:
        Whether every purchase succeeded.

    Raises:
        ConfigurationError: A live key without `--live`, a strategy that is not offered, a taken port or a missing package.
    """
    if not plan.against:
        stripe_test_mode.check_key(environ, may_be_live=plan.live)
    for option, url in (("--against", plan.against), ("--sandbox-url", plan.sandbox_url)):
        if url and (complaint := valid_base_url(url)):
            raise ConfigurationError(f"the address of {option} {complaint}")
    trace: Trace = JsonTrace() if plan.as_json else ReadableTrace()
    ok = False
    async with graceful_shutdown(), open_servers(plan, environ) as servers:
        trace.begin(servers.addresses)
        async with httpx.AsyncClient(mounts=NO_PROXY_MOUNTS, timeout=30) as client:
            live = stripe_test_mode.is_live(environ) and not plan.against
            result = await _run(Demonstration(plan, servers, client, trace, live))
        trace.end(result, stays=plan.stays)
        ok = result.ok
        if plan.stays:
            await asyncio.Event().wait()
    return ok
