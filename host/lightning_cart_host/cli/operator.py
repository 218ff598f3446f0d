"""Runs an operator's commands on an engine of their own, which shares the database with the serving one."""

from collections.abc import Mapping
from pathlib import Path

from lightning_cart.domain.money import Money
from lightning_cart.domain.order import Order
from lightning_cart.domain.refund import RefundWish
from lightning_cart.errors import ConfigurationError, MoneyError
from lightning_cart.http import Json
from lightning_cart.usecases.cancel import cancel_order
from lightning_cart.usecases.reconcile import ReconcileReport, reconcile
from lightning_cart.usecases.refund import refund_order
from lightning_cart.web.views import refund_view
from lightning_cart_host.server.assembly import open_host


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
    """Refund an order.

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
    host = await open_host(env, config, database)
    try:
        engine = host.app.engine
        minor = _minor(amount, await engine.orders.get_order(order_id))
        return refund_view(*await refund_order(engine, RefundWish(order_id, minor, reason, key)))
    finally:
        await host.close()


async def cancel(env: Mapping[str, str], config: Path, database: str, order_id: str) -> Json:
    """Cancel an unpaid order. Arguments and errors are those of `refund`."""
    host = await open_host(env, config, database)
    try:
        order = await cancel_order(host.app.engine, order_id)
    finally:
        await host.close()
    return {"order_id": order.id, "status": order.status}


async def run_reconciler(env: Mapping[str, str], config: Path, database: str, limit: int) -> ReconcileReport:
    """Apply what webhooks missed, to at most `limit` orders. The other arguments and the errors are those of `refund`."""
    host = await open_host(env, config, database)
    try:
        return await reconcile(host.app.engine, limit)
    finally:
        await host.close()
