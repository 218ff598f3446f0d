"""The statistics of orders as JSON."""

from lightning_cart.domain.money import Money
from lightning_cart.http import Json
from lightning_cart_host.cli.export_rows import iso_utc
from lightning_cart_host.cli.order_stats import CurrencyStats, OrderStats, Sums


def _amount(name: str, minor: int | None, currency: str) -> Json:
    return {name: None if minor is None else Money(minor, currency).decimal, f"{name}_minor": minor}


def _sums(sums: Sums, currency: str) -> Json:
    return {
        "orders": sums.orders,
        "paid_orders": sums.paid_orders,
        **_amount("paid", sums.paid_minor, currency),
        **_amount("tips", sums.tip_minor, currency),
        **_amount("refunded", sums.refunded_minor, currency),
        **_amount("kept", sums.kept_minor, currency),
    }


def _currency(found: CurrencyStats, currency: str, days: range) -> Json:
    return {
        "currency": currency,
        **_sums(found.sums, currency),
        **_amount("median", found.median_minor, currency),
        **_amount("largest", found.largest_minor, currency),
        "largest_order_id": found.largest_id or None,
        "strategies": [{"strategy": name, **_sums(sums, currency)} for name, sums in sorted(found.strategies.items())],
        "products": [
            {"product_id": product_id, "name": one.name, "quantity": one.quantity, **_amount("sold", one.total_minor, currency)}
            for product_id, one in found.best_sellers()
        ],
        "days": [{"day": iso_utc(day)[:10], **_sums(found.days.get(day, Sums()), currency)} for day in days],
    }


def stats_view(stats: OrderStats) -> Json:
    """Return statistics as JSON. Amounts are decimal numbers in major units, and in whole minor units beside them."""
    since, until = stats.span
    return {
        "since": iso_utc(since or 0),
        "until": iso_utc(until or 0),
        "orders": stats.orders,
        "paid_orders": stats.paid_orders,
        "waiting_orders": stats.waiting_orders,
        "needs_review": stats.to_review,
        "statuses": {str(status): count for status, count in sorted(stats.statuses.items())},
        "disputes": {str(dispute): count for dispute, count in sorted(stats.disputes.items())},
        "fees": None,
        "currencies": [_currency(found, name, stats.all_days) for name, found in sorted(stats.currencies.items())],
    }
