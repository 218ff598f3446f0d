"""A first judge of a way to pay that is being written: whole purchases, in this process, with what goes wrong at times.

The suite in `tests/conformance` asks much more. This one answers at once, in a notebook.
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
    order_id = str(checkout.answer["order_id"])
    await shop.pay(await shop.visit(checkout.answer["url"]), order_id, choice)
    return order_id


async def _status(shop: NotebookShop, order_id: str) -> OrderStatus:
    return (await shop.order(order_id)).status


async def _ends_paid(shop: NotebookShop) -> bool:
    order_id = await _buy(shop)
    await shop.come_back(order_id)
    await shop.deliver()
    return await _status(shop, order_id) is OrderStatus.PAID and bool(shop.stage.sandbox.ledger.report()["balanced"])


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
    came = [one.request for one in await shop.deliver() if one.request.path.startswith("/webhook")]
    return order_id, [replace(one, url=one.path) for one in came]


async def _repeated(shop: NotebookShop) -> bool:
    order_id, webhooks = await _webhooks(shop)
    statuses = [(await shop.app.handle(webhook)).status for webhook in webhooks]
    paid = (await shop.order(order_id)).paid_minor
    return bool(statuses) and set(statuses) == {200} and paid == (await shop.order(order_id)).total.minor


async def _tampered(shop: NotebookShop) -> bool:
    _, webhooks = await _webhooks(shop)
    touched = [replace(webhook, body=webhook.body + b" ") for webhook in webhooks]
    return bool(touched) and {(await shop.app.handle(webhook)).status for webhook in touched} == {400}


async def _unsigned(shop: NotebookShop) -> bool:
    _, webhooks = await _webhooks(shop)
    bare = [replace(webhook, headers={}) for webhook in webhooks]
    return bool(bare) and {(await shop.app.handle(webhook)).status for webhook in bare} == {400}


async def _same_bytes(shop: NotebookShop) -> bool:
    order = await shop.order(str((await shop.check_out()).answer["order_id"]))
    first, second = (next(shop.strategy.create_checkout(order, "https://a.example/", "https://b.example/")) for _ in range(2))
    return (first.method, first.url, first.headers, first.body) == (second.method, second.url, second.headers, second.body)


async def _hides_secrets(shop: NotebookShop) -> bool:
    shown = repr(shop.strategy)
    secret = [shop.settings[need.name] for need in shop.strategy.settings if need.secret and need.name in shop.settings]
    return not any(value in shown for value in secret)


QUESTIONS: Mapping[str, Callable[[NotebookShop], Awaitable[bool]]] = {
    "a purchase ends paid, and the books agree": _ends_paid,
    "the webhook alone settles it, if the buyer never comes back": _webhook_alone,
    "the return alone settles it, if the webhooks are lost": _return_alone,
    "a payment that was declined pays for nothing": _declined,
    "a webhook that comes again changes nothing": _repeated,
    "a webhook that was touched is refused": _tampered,
    "a webhook without its signature is refused": _unsigned,
    "the same order gives the same request, to the byte": _same_bytes,
    "no secret shows in its representation": _hides_secrets,
}


async def judge(strategy: type[PaymentStrategy], sandbox_provider: type) -> View:
    """Ask every question, each in a shop of its own.

    Args:
        strategy: The way to pay.
        sandbox_provider: The provider's side of it, for the sandbox.

    Returns:
        The answers; an error is a no, and is named.
    """
    rows = []
    for question, ask in QUESTIONS.items():
        shop = await open_shop(strategy, sandbox_provider=sandbox_provider, environ={})
        try:
            verdict = "yes" if await ask(shop) else "no"
        except Exception as error:  # noqa: BLE001 - what somebody is just writing may raise anything
            verdict = f"no: {type(error).__name__}: {error}"
        rows.append((question, verdict))
    good = sum(verdict == "yes" for _, verdict in rows)
    colour = GREEN if good == len(rows) else RED
    view = grid(f"{strategy.name}: {good} of {len(rows)}", ("does it hold?", ""), rows)
    return replace(view, html=view.html.replace('class="h"', f'class="h" style="color:{colour}"', 1))
