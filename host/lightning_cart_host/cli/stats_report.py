"""Prints the statistics of orders for people: sums, strategies, products, and a small chart of the days."""

from typing import NamedTuple

from rich.console import Console

from lightning_cart.domain.money import Money
from lightning_cart_host.cli.bar_chart import bar, has_blocks
from lightning_cart_host.cli.dates import DAY
from lightning_cart_host.cli.order_stats import CurrencyStats, OrderStats, Sums
from lightning_cart_host.cli.records import columns_of, hanging, print_line, print_records
from lightning_cart_host.cli.stored_orders import format_utc

MAX_BARS = 45
MAX_PRODUCTS = 10
_MAX_BAR_WIDTH = 60
_GAP, _INDENT = "  ", "  "
_STEPS = (1, 7, 28, 91, 364)  # days of a bar


class _Bar(NamedTuple):
    """One bar of a chart: its first day, in Unix seconds, and the sums of its days."""

    day: int
    paid_orders: int
    paid_minor: int


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _print_sums(out: Console, found: CurrencyStats, currency: str) -> None:
    sums = found.sums
    shown = {
        "paid": (sums.paid_minor, f"by {sums.paid_orders:,} of {_count(sums.orders, 'order')}"),
        "refunded": (sums.refunded_minor, ""),
        "kept": (sums.kept_minor, "paid and not refunded"),
        "tips": (sums.tip_minor, "not in the sums above"),
    }
    if found.median_minor is not None and found.largest_minor is not None:
        shown["median order"] = (found.median_minor, "")
        shown["largest order"] = (found.largest_minor, found.largest_id)
    if not sums.tip_minor:
        del shown["tips"]
    rows = [(name, Money(minor, currency).display, note) for name, (minor, note) in shown.items()]
    print_line(out, f"\n{currency}", "bold")
    for line in columns_of(rows, (1,)):
        print_line(out, line)


def _print_strategies(out: Console, found: CurrencyStats, currency: str) -> None:
    rows = [
        (
            name,
            f"{sums.orders:,}",
            f"{sums.paid_orders:,}",
            Money(sums.paid_minor, currency).display,
            Money(sums.refunded_minor, currency).display,
        )
        for name, sums in sorted(found.strategies.items())
    ]
    columns = ("Strategy", "Orders", "Paid", "Amount", "Refunded")
    print_records(out, f"{currency} by strategy", columns, rows, range(1, len(columns)))


def _print_products(out: Console, found: CurrencyStats, currency: str) -> None:
    best = found.best_sellers()
    rows = [
        (product_id, f"{one.quantity:,}", Money(one.total_minor, currency).display) for product_id, one in best[:MAX_PRODUCTS]
    ]
    print_records(out, f"{currency} by product, before refunds", ("Product", "Sold", "Amount"), rows, (1, 2))
    if len(best) > MAX_PRODUCTS:
        print_line(out, f"{_INDENT}and {_count(len(best) - MAX_PRODUCTS, 'more product')}; --json has them all", "dim")


def _bars(found: CurrencyStats, days: range) -> tuple[int, list[_Bar]]:
    """Return of how many days each bar is, and the bars."""
    step = next((step for step in _STEPS if len(days) <= step * MAX_BARS), _STEPS[-1])
    bars = []
    for start in days[::step]:
        some = [found.days.get(day, Sums()) for day in range(start, min(start + step * DAY, days.stop), DAY)]
        bars.append(_Bar(start, sum(one.paid_orders for one in some), sum(one.paid_minor for one in some)))
    return step, bars


def _print_chart(out: Console, found: CurrencyStats, currency: str, days: range) -> None:
    step, bars = _bars(found, days)
    largest = max((one.paid_minor for one in bars), default=0)
    rows = [(format_utc(one.day)[:10], Money(one.paid_minor, currency).display, f"{one.paid_orders:,}") for one in bars]
    lines = columns_of((("From" if step > 1 else "Day", "Amount", "Paid"), *rows), (1, 2))
    room = min(max(out.width - max(map(len, lines)) - len(_GAP), 0), _MAX_BAR_WIDTH)
    blocks = has_blocks(out.encoding)
    print_line(out, f"\n{currency} paid, by {f'{step} UTC days' if step > 1 else 'the UTC day'} of the order", "bold")
    print_line(out, lines[0], "dim")
    for line, one in zip(lines[1:], bars, strict=True):
        print_line(out, f"{line}{_GAP}{bar(one.paid_minor, largest, room, blocks=blocks)}".rstrip())


def _disputes(stats: OrderStats) -> str:
    if not stats.disputes:
        return "none"
    return ", ".join(f"{count:,} {dispute}" for dispute, count in sorted(stats.disputes.items()))


def print_stats(stats: OrderStats, out: Console) -> None:
    """Print statistics, in as many columns as the terminal has.

    Args:
        stats: The statistics.
        out: Where to print.
    """
    since, until = stats.span
    head = f"Orders from {format_utc(since or 0)} to {format_utc(until or 0)} UTC"
    print_line(out, head, "bold")
    statuses = ", ".join(f"{count:,} {status}" for status, count in sorted(stats.statuses.items()))
    fields = {
        "orders": f"{stats.orders:,}{f' ({statuses})' if statuses else ''}",
        "disputes": _disputes(stats),
        "to review": f"{stats.to_review:,}",
        "fees": "not stored here: the providers' reports have them",
    }
    for name, text in fields.items():
        print_line(out, hanging(f"{_INDENT}{name:<11}", text, out.width))
    for currency, found in sorted(stats.currencies.items()):
        _print_sums(out, found, currency)
        _print_strategies(out, found, currency)
        _print_products(out, found, currency)
        if found.sums.paid_minor:
            _print_chart(out, found, currency, stats.all_days)
