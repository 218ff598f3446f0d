"""What an operator does from the command line: the engine is opened beside the one that serves, on the same database."""

from collections.abc import Mapping
from pathlib import Path

from lightning_cart.domain.money import Money
from lightning_cart.domain.order import Order
from lightning_cart.domain.refund import RefundWish
from lightning_cart.errors import ConfigurationError, MoneyError
from lightning_cart.http import Json
from lightning_cart.usecases.cancel import cancel_order
from lightning_cart.usecases.reconcile import ReconcileReport, reconcile
from lightning_cart.usecases.refund import get_order, refund_order
from lightning_cart.web.views import refund_view
from lightning_cart_host.server.assembly import open_host


def _minor(amount: str, order: Order) -> int | None:
    """An amount as a person writes it, in minor units of the order's currency."""
    if not amount:
        return None
    try:
        return Money.parse(amount, order.total.currency).minor
    except MoneyError as error:
        raise ConfigurationError(f"--amount {amount} is no amount of {order.total.currency}: {error}") from error


async def refund(
    env: Mapping[str, str], config: Path, database: str, *, order_id: str, amount: str, key: str, reason: str
) -> Json:
    """Give money of an order back.

    Args:
        env: Settings by name.
        config: The folder of the catalogue files.
        database: The SQLite file.
        order_id: Whose money.
        amount: In major units, such as `3.00`, or empty for all that is left.
        key: The same for the same refund, so that a repeat continues it.
        reason: The operator's words.

    Raises:
        LightningCartError: What went wrong.
    """
    host = await open_host(env, config, database)
    try:
        engine = host.app.engine
        minor = _minor(amount, await get_order(engine, order_id))
        return refund_view(*await refund_order(engine, RefundWish(order_id, minor, reason, key)))
    finally:
        await host.close()


async def cancel(env: Mapping[str, str], config: Path, database: str, order_id: str) -> Json:
    """Give an order up that nobody has paid; arguments and errors as of `refund`."""
    host = await open_host(env, config, database)
    try:
        order = await cancel_order(host.app.engine, order_id)
    finally:
        await host.close()
    return {"order_id": order.id, "status": order.status}


async def run_reconciler(env: Mapping[str, str], config: Path, database: str, limit: int) -> ReconcileReport:
    """Read what webhooks may have missed; arguments and errors as of `refund`, and `limit` as of `reconcile`."""
    host = await open_host(env, config, database)
    try:
        return await reconcile(host.app.engine, limit)
    finally:
        await host.close()
