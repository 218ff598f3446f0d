"""Runs an operator's commands on an engine of their own, which shares the database with the serving one."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from lightning_cart.domain.money import Money
from lightning_cart.domain.order import Order
from lightning_cart.domain.payment import sum_kept
from lightning_cart.domain.refund import LineWish, RefundWish
from lightning_cart.errors import ConfigurationError, MoneyError
from lightning_cart.http import Json
from lightning_cart.storage.loop_leases import Loop, LoopLeases
from lightning_cart.storage.operator_log import Operator
from lightning_cart.storage.order_search import OrderSearch
from lightning_cart.usecases.engine import Engine
from lightning_cart.usecases.reconcile import reconcile
from lightning_cart.usecases.reconcile_report import ReconcileReport
from lightning_cart.usecases.refund import refund_order
from lightning_cart.usecases.refund_preview import RefundPreview, preview_refund
from lightning_cart.usecases.tidy import tidy
from lightning_cart.web.operator_views import refund_view
from lightning_cart.web.requests import check_idempotency_key, check_reason
from lightning_cart_host.cli.orders.ids import resolve_order_id
from lightning_cart_host.cli.orders.stored import require_database
from lightning_cart_host.server.assembly import open_host

WHO = "cli"  # in the operators' log

type Change = Callable[[Engine, str, Operator], Awaitable[Order]]


@dataclass(frozen=True, slots=True)
class Installation:
    """Where a command works.

    Args:
        env: Settings by name.
        config: The folder of the catalogue files.
        database: The SQLite file, or the URL of PostgreSQL.
    """

    env: Mapping[str, str]
    config: Path
    database: str

    @asynccontextmanager
    async def open_engine(self) -> AsyncIterator[Engine]:
        """Open an engine for the block.

        Raises:
            ConfigurationError: There is no database, or the catalogue or a setting is wrong.
        """
        await require_database(self.database)
        host = await open_host(self.env, self.config, self.database)
        try:
            yield host.app.engine
        finally:
            await host.close()

    async def find(self, engine: Engine, typed: str) -> Order:
        """Return the order whose id begins with what was typed.

        Raises:
            ConfigurationError: There is not exactly one.
        """
        return await engine.orders.get_order(await resolve_order_id(OrderSearch(engine.ports.database), typed, self.database))


@dataclass(frozen=True, slots=True)
class RefundOptions:
    """An operator's request for a refund, as it was typed.

    Args:
        order_id: The order's id, or its unique beginning.
        amount: In major units, such as `3.00`, or None for all that is left.
        key: The idempotency key; a repeat with it continues the refund.
        reason: The operator's reason, for the record.
        lines: What it is for; empty if it is for no lines in particular.
    """

    order_id: str
    amount: str | None
    key: str
    reason: str
    lines: tuple[LineWish, ...] = ()

    def wish(self, order: Order, confirmed: Money | None = None) -> RefundWish:
        """Return the request for the order that is meant.

        Args:
            order: The order.
            confirmed: The amount that a person has confirmed, if one was asked.

        Raises:
            ConfigurationError: The amount is none of the order's currency.
            InvalidField: The key or the reason cannot be stored.
        """
        key, reason = check_idempotency_key(self.key), check_reason(self.reason)
        return RefundWish(order.id, self._minor(order), reason, key, WHO, confirmed.minor if confirmed else None, self.lines)

    def _minor(self, order: Order) -> int | None:
        if self.amount is None:
            return None
        try:
            return Money.parse(self.amount, order.total.currency).minor
        except MoneyError as error:
            raise ConfigurationError(f"--amount {self.amount} is not an amount of {order.total.currency}: {error}") from error


async def look_at_refund(place: Installation, options: RefundOptions) -> RefundPreview:
    """Return what a refund would do.

    Raises:
        LightningCartError: It cannot be made.
    """
    async with place.open_engine() as engine:
        return await preview_refund(engine, options.wish(await place.find(engine, options.order_id)))


async def refund(place: Installation, options: RefundOptions, confirmed: Money | None = None) -> tuple[Json, Money]:
    """Refund an order. One with several payments is refunded payment by payment.

    Args:
        place: Where the command works.
        options: The refund.
        confirmed: The amount that a person has confirmed, if one was asked.

    Returns:
        The refund, and what can still be refunded.

    Raises:
        LightningCartError: The refund failed, or its amount is not the confirmed one any more.
    """
    async with place.open_engine() as engine:
        order = await place.find(engine, options.order_id)
        wish, currency = options.wish(order, confirmed), order.total.currency
        refunded = refund_view(*await refund_order(engine, wish))
        _, left_minor = await engine.refunds.find_refunds(wish, currency)
        return refunded, Money(left_minor, currency)


async def find_order(place: Installation, order_id: str) -> Order:
    """Return the order whose id begins with what was typed.

    Raises:
        LightningCartError: There is not exactly one.
    """
    async with place.open_engine() as engine:
        return await place.find(engine, order_id)


async def change_order(place: Installation, change: Change, order_id: str, reason: str) -> tuple[Order, Money]:
    """Cancel, accept or close an order.

    Args:
        place: Where the command works.
        change: One of `cancel_order`, `accept_order` and `close_order`.
        order_id: The order's id.
        reason: The operator's reason, for the record.

    Returns:
        The order, and what was paid of it and not refunded, with tips.

    Raises:
        LightningCartError: The order cannot be changed.
    """
    operator = Operator(WHO, check_reason(reason))
    async with place.open_engine() as engine:
        order = await change(engine, order_id, operator)
        payments = await engine.orders.payments_of(order.id)
        return order, Money(sum_kept(payments.values()), order.total.currency)


async def run_reconciler(env: Mapping[str, str], config: Path, database: str, limit: int) -> ReconcileReport:
    """Apply what webhooks missed to at most `limit` orders, then record or end at most as many parked events.

    An engine that runs meanwhile does the same in its loops. The orders' leases keep the two apart, and its next run is later.
    """
    async with Installation(env, config, database).open_engine() as engine:
        leases = LoopLeases(engine.ports.database)
        report = await reconcile(engine, limit)
        await leases.record_run(Loop.RECONCILE, engine.now())
        report.applied = await tidy(engine, limit)
        await leases.record_run(Loop.TIDY, engine.now())
    return report
