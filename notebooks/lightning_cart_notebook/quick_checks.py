"""Quick checks for a payment strategy under development: whole purchases with typical failures, in this process.

The suite in `tests/conformance` checks much more. These checks take seconds and run in a notebook.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from lightning_cart.domain.order import OrderStatus
from lightning_cart.http import HttpRequest
from lightning_cart.providers.strategy import PaymentStrategy
from lightning_cart_notebook.opening import open_shop
from lightning_cart_notebook.shop import NotebookShop
from lightning_cart_notebook.view import GREEN, RED, View, grid


async def _buy(shop: NotebookShop, choice: str = "pay") -> str:
    checkout = await shop.check_out()
    order_id = str(checkout.json["order_id"])
    await shop.pay(await shop.visit(checkout.json["url"]), order_id, choice)
    return order_id


async def _status(shop: NotebookShop, order_id: str) -> OrderStatus:
    return (await shop.order(order_id)).status


async def _ends_paid(shop: NotebookShop) -> bool:
    order_id = await _buy(shop)
    await shop.come_back(order_id)
    await shop.deliver()
    return await _status(shop, order_id) is OrderStatus.PAID and bool(shop.environment.sandbox.ledger.report()["balanced"])


async def _webhook_alone(shop: NotebookShop) -> bool:
    order_id = await _buy(shop)
    await shop.deliver()
    return await _status(shop, order_id) is OrderStatus.PAID


async def _return_alone(shop: NotebookShop) -> bool:
    order_id = await _buy(shop)
    await shop.come_back(order_id)
    return await _status(shop, order_id) is OrderStatus.PAID


async def _declined(shop: NotebookShop) -> bool:
    order_id = await _buy(shop, "decline")
    await shop.come_back(order_id)
    await shop.deliver()
    return await _status(shop, order_id) is not OrderStatus.PAID


async def _webhooks(shop: NotebookShop) -> tuple[str, list[HttpRequest]]:
    order_id = await _buy(shop)
    requests = [one.request for one in await shop.deliver() if one.request.path.startswith("/webhook")]
    return order_id, [replace(request, url=request.path) for request in requests]


async def _repeated(shop: NotebookShop) -> bool:
    order_id, webhooks = await _webhooks(shop)
    statuses = [(await shop.app.handle(webhook)).status for webhook in webhooks]
    paid = (await shop.order(order_id)).paid_minor
    return bool(statuses) and set(statuses) == {200} and paid == (await shop.order(order_id)).total.minor


async def _tampered(shop: NotebookShop) -> bool:
    _, webhooks = await _webhooks(shop)
    changed = [replace(webhook, body=webhook.body + b" ") for webhook in webhooks]
    return bool(changed) and {(await shop.app.handle(webhook)).status for webhook in changed} == {400}


async def _unsigned(shop: NotebookShop) -> bool:
    _, webhooks = await _webhooks(shop)
    unsigned = [replace(webhook, headers={}) for webhook in webhooks]
    return bool(unsigned) and {(await shop.app.handle(webhook)).status for webhook in unsigned} == {400}


async def _same_bytes(shop: NotebookShop) -> bool:
    order = await shop.order(str((await shop.check_out()).json["order_id"]))
    first, second = (next(shop.strategy.create_checkout(order, "https://a.example/", "https://b.example/")) for _ in range(2))
    return (first.method, first.url, first.headers, first.body) == (second.method, second.url, second.headers, second.body)


async def _hides_secrets(shop: NotebookShop) -> bool:
    shown = repr(shop.strategy)
    names = [setting.name for setting in shop.strategy.settings if setting.secret and setting.name in shop.settings]
    return not any(shop.settings[name] in shown for name in names)


CHECKS: Mapping[str, Callable[[NotebookShop], Awaitable[bool]]] = {
    "a purchase ends paid, and the ledger balances": _ends_paid,
    "the webhook alone pays the order, if the buyer never returns": _webhook_alone,
    "the return alone pays the order, if the webhooks are lost": _return_alone,
    "a declined payment does not pay the order": _declined,
    "a repeated webhook changes nothing": _repeated,
    "a webhook with a changed body is refused": _tampered,
    "a webhook without its signature is refused": _unsigned,
    "the same order gives the same request, to the byte": _same_bytes,
    "the strategy's representation contains no secret": _hides_secrets,
}


async def check_provider(strategy: type[PaymentStrategy], sandbox_provider: type) -> View:
    """Run every check in a new shop.

    Args:
        strategy: The strategy to check.
        sandbox_provider: The sandbox's side of the strategy's provider.

    Returns:
        The result of each check. An exception counts as a failure and is named.
    """
    rows = []
    for name, check in CHECKS.items():
        shop = await open_shop(strategy, sandbox_provider=sandbox_provider, environ={})
        try:
            result = "yes" if await check(shop) else "no"
        except Exception as error:  # noqa: BLE001 - unfinished code may raise anything
            result = f"no: {type(error).__name__}: {error}"
        rows.append((name, result))
    passed = sum(result == "yes" for _, result in rows)
    colour = GREEN if passed == len(rows) else RED
    view = grid(f"{strategy.name}: {passed} of {len(rows)} checks pass", ("check", "passes"), rows)
    return replace(view, html=view.html.replace('class="h"', f'class="h" style="color:{colour}"', 1))
