"""One purchase of the demo: by the scripted buyer at a sandbox, or by a person at the provider."""

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import NamedTuple

import httpx

from lightning_cart_host.demo.buyer import WEBHOOK_TIMEOUT_SECONDS, Buyer
from lightning_cart_host.demo.codes import FREE_CODE
from lightning_cart_host.demo.ledger import LedgerChange
from lightning_cart_host.demo.receipt_check import check_receipt
from lightning_cart_host.demo.sandbox_observer import SandboxObserver
from lightning_cart_host.demo.servers import DemoPlan, DemoServers
from lightning_cart_host.demo.steps import PurchaseResult
from lightning_cart_host.demo.trace import Trace
from lightning_cart_host.shop_client.example_shop import UNSETTLED
from lightning_cart_host.shop_client.form_filling import CARD
from lightning_cart_host.shop_client.payment_options import PaymentOption
from lightning_cart_host.shop_client.polling import wait_until
from lightning_cart_host.shop_client.requests import PurchaseFailed

_POLL_SECONDS = 2.0
UNREADABLE = (LookupError, TypeError, ValueError)  # raised when JSON does not have the expected shape


def unreadable_response(error: Exception) -> str:
    """Return the sentence for a response without the expected shape."""
    return f"a response is not one of an engine or a sandbox ({type(error).__name__})"


async def _buy_at_sandbox(buyer: Buyer, observer: SandboxObserver, *, may_have_no_pages: bool) -> LedgerChange:
    await observer.begin()
    await buyer.open_shop(may_have_none=may_have_no_pages)
    await buyer.check_out()
    await buyer.return_to_shop(await buyer.pay())
    await buyer.check_paid()
    await observer.check_delivered()
    return await observer.check_ledger()


async def _order_free(buyer: Buyer, observer: SandboxObserver | None) -> None:
    if observer:
        await observer.begin()
    await buyer.open_shop()
    checkout = await buyer.check_out()
    await buyer.open_success_page(checkout.url)
    await buyer.check_paid()
    if observer:
        await observer.check_untouched()


async def _buy_with_person(
    buyer: Buyer,
    trace: Trace,
    find_return_url: Callable[[str], Awaitable[str]] | None,
    timeout: float,  # noqa: ASYNC109 - a person's time
    *,
    live: bool,
) -> str:
    """Wait until a person has paid at the provider.

    The return URL makes the engine read the order, because webhooks cannot reach this machine. That of an engine elsewhere is
    known only to the person's browser.
    """
    await buyer.open_shop()
    checkout = await buyer.check_out()
    return_url = await find_return_url(checkout.order_id) if find_return_url else ""
    card = (
        "This is a live key: it costs real money." if live else f"Test card {CARD['card_number']}, any future date, any code."
    )
    trace.invite(checkout.url, f"{card} Waiting for {timeout:.0f} seconds.")

    async def has_result() -> bool:
        if return_url:
            await buyer.poll_return(return_url)
        return await buyer.order_status() not in UNSETTLED

    if not await wait_until(has_result, timeout, _POLL_SECONDS):
        raise PurchaseFailed(f"nobody paid within {timeout:.0f} seconds")
    if return_url:
        await buyer.return_to_shop(return_url)
    await buyer.check_paid()
    return f"{(await buyer.total()).display} is paid at the provider"


class Purchase(NamedTuple):
    """One purchase.

    Args:
        result: What happened.
        change: The change of the ledger, if money moved at a sandbox.
        receipt: The URL of the receipt, if it was looked at.
    """

    result: PurchaseResult
    change: LedgerChange | None = None
    receipt: str = ""


@dataclass(frozen=True, slots=True)
class Demonstration:
    """The settings that all purchases of a demo share.

    Args:
        plan: The demo's options.
        servers: The shop and the sandbox.
        client: The HTTP client.
        trace: Shows the purchases.
        live: Whether real money is charged.
    """

    plan: DemoPlan
    servers: DemoServers
    client: httpx.AsyncClient
    trace: Trace
    live: bool

    async def buy(self, option: PaymentOption) -> Purchase:
        """Make one purchase and show it.

        Args:
            option: The payment option.

        Returns:
            The purchase. A failure is part of its result.
        """
        code = self.plan.code
        buyer = Buyer(self.client, self.servers.shop, option.strategy, self.trace.step, self.plan.cart, code=code)
        return await self._show(buyer, option, self._pay)

    async def order_free(self, option: PaymentOption) -> Purchase:
        """Order the same cart with a code by which it comes to nothing, and show it. Each time it is another buyer.

        Args:
            option: The way to order for free.

        Returns:
            The order. A failure is part of its result.
        """
        email = f"ada+{uuid.uuid4().hex[:6]}@example.com"  # of one buyer the engine takes such an order once a day
        cart = {"code": FREE_CODE, "email": email}
        buyer = Buyer(self.client, self.servers.shop, option.strategy, self.trace.step, self.plan.cart, **cart)

        async def order(buyer: Buyer, _: PaymentOption) -> tuple[str, None]:
            observer = self._observer(buyer, option) if self.servers.sandbox else None
            await _order_free(buyer, observer)
            return f"Order {buyer.order_id} is complete, and there was nothing to pay.", None

        return await self._show(buyer, option, order)

    def _observer(self, buyer: Buyer, option: PaymentOption) -> SandboxObserver:
        timeout = min(WEBHOOK_TIMEOUT_SECONDS, self.plan.patience)
        return SandboxObserver(buyer, self.servers.sandbox, option.provider, timeout)

    async def _pay(self, buyer: Buyer, option: PaymentOption) -> tuple[str, LedgerChange | None]:
        if self.servers.sandbox:
            observer = self._observer(buyer, option)
            change = await _buy_at_sandbox(buyer, observer, may_have_no_pages=bool(self.plan.against))
            return f"{change.summary()}. Order {buyer.order_id} is paid.", change
        find_return_url, patience = self.servers.find_return_url, self.plan.patience
        sentence = await _buy_with_person(buyer, self.trace, find_return_url, patience, live=self.live)
        return f"{sentence}. Order {buyer.order_id} is paid.", None

    async def _show(
        self,
        buyer: Buyer,
        option: PaymentOption,
        order: Callable[[Buyer, PaymentOption], Awaitable[tuple[str, LedgerChange | None]]],
    ) -> Purchase:
        """Order, and with a code show the receipt and who bought, too."""
        try:
            sentence, change = await order(buyer, option)
            receipt = ""
            if self.plan.code:
                receipt = await check_receipt(buyer)
                await self._show_buyer(buyer.order_id)
        except PurchaseFailed as failure:
            return Purchase(PurchaseResult(option.strategy, False, buyer.order_id, await buyer.last_status(), str(failure)))
        except UNREADABLE as error:
            return Purchase(PurchaseResult(option.strategy, False, buyer.order_id, "", unreadable_response(error)))
        result = PurchaseResult(option.strategy, True, buyer.order_id, await buyer.last_status(), sentence)
        return Purchase(result, change, receipt)

    async def _show_buyer(self, order_id: str) -> None:
        if self.servers.read_order and self.plan.buyer_fields:
            self.trace.buyer(self.plan.buyer_fields(await self.servers.read_order(order_id)))
