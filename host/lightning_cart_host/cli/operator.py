"""Runs an operator's commands on an engine of their own, which shares the database with the serving one."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from lightning_cart.domain.money import Money
from lightning_cart.domain.order import Order
from lightning_cart.domain.refund import RefundWish
from lightning_cart.errors import ConfigurationError, MoneyError
from lightning_cart.http import Json
from lightning_cart.storage.operator_log import Operator
from lightning_cart.usecases.engine import Engine
from lightning_cart.usecases.reconcile import reconcile
from lightning_cart.usecases.reconcile_report import ReconcileReport
from lightning_cart.usecases.refund import refund_order
from lightning_cart.usecases.tidy import tidy
from lightning_cart.web.operator_views import refund_view
from lightning_cart_host.cli.stored_orders import unknown_order
from lightning_cart_host.server.assembly import open_host

_WHO = "cli"  # in the operators' log

type Change = Callable[[Engine, str, Operator], Awaitable[Order]]


@asynccontextmanager
async def _open_engine(env: Mapping[str, str], config: Path, database: str) -> AsyncIterator[Engine]:
    host = await open_host(env, config, database)
    try:
        yield host.app.engine
    finally:
        await host.close()


async def _find_order(engine: Engine, order_id: str, database: str) -> Order:
    order = await engine.orders.find_order(order_id)
    if order is None:
        raise unknown_order(order_id, database)
    return order


def _minor(amount: str, order: Order) -> int | None:
    """Parse an amount in major units of the order's currency. Return minor units, or None if it is empty."""
    if not amount:
        return None
    try:
        return Money.parse(amount, order.total.currency).minor
    except MoneyError as error:
        raise ConfigurationError(f"--amount {amount} is not an amount of {order.total.currency}: {error}") from error


async def refund(
    env: Mapping[str, str], config: Path, database: str, *, order_id: str, amount: str, key: str, reason: str
) -> Json:
    """Refund an order. One with several payments is refunded payment by payment.

    Args:
        env: Settings by name.
        config: The folder of the catalogue files.
        database: The SQLite file.
        order_id: The order.
        amount: In major units, such as `3.00`, or empty for all that is left.
        key: The idempotency key; a repeat with it continues the refund.
        reason: The operator's reason, for the record.

    Raises:
        LightningCartError: The refund failed.
    """
    async with _open_engine(env, config, database) as engine:
        minor = _minor(amount, await _find_order(engine, order_id, database))
        return refund_view(*await refund_order(engine, RefundWish(order_id, minor, reason, key, _WHO)))


async def change_order(
    env: Mapping[str, str], config: Path, database: str, change: Change, *, order_id: str, reason: str
) -> Json:
    """Cancel, accept or close an order.

    Args:
        env: Settings by name.
        config: The folder of the catalogue files.
        database: The SQLite file.
        change: One of `cancel_order`, `accept_order` and `close_order`.
        order_id: The order.
        reason: The operator's reason, for the record.

    Raises:
        LightningCartError: The order cannot be changed.
    """
    async with _open_engine(env, config, database) as engine:
        await _find_order(engine, order_id, database)
        order = await change(engine, order_id, Operator(_WHO, reason))
    return {"order_id": order.id, "status": order.status, "needs_review": order.needs_review}


async def run_reconciler(env: Mapping[str, str], config: Path, database: str, limit: int) -> ReconcileReport:
    """Apply what webhooks missed to at most `limit` orders, then record or end at most as many parked events.

    The other arguments and the errors are those of `refund`.
    """
    async with _open_engine(env, config, database) as engine:
        report = await reconcile(engine, limit)
        report.applied = await tidy(engine, limit)
    return report
