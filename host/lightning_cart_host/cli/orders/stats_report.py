"""Shows the statistics of orders: for people with a small chart of the days, and as JSON for scripts."""

from rich.console import Console

from lightning_cart.domain.money import Money
from lightning_cart.http import Json
from lightning_cart_host.cli.dates import DAY, format_utc
from lightning_cart_host.cli.orders.export_rows import amount_fields, iso_utc
from lightning_cart_host.cli.orders.stats import CurrencyStats, OrderStats, Sums
from lightning_cart_host.cli.records import columns_of, hanging, print_line, print_records
from lightning_cart_host.output import plural

MAX_BARS = 45
MAX_PRODUCTS = 10
_MAX_BAR_WIDTH = 60
_GAP, _INDENT = "  ", "  "
_EIGHTHS = " ▏▎▍▌▋▊▉█"
_FULL, _ASCII = _EIGHTHS[-1], "#"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {plural(noun, number)}"


def _print_sums(out: Console, found: CurrencyStats, currency: str) -> None:
    sums = found.sums
    paid = f"{sums.paid_orders:,} of {_count(sums.orders, 'order')} {'is' if sums.orders == 1 else 'are'} paid"
    shown = [
        ("paid", sums.paid_minor, paid),
        ("refunded", sums.refunded_minor, ""),
        ("kept", sums.kept_minor, "paid and not refunded"),
    ]
    if sums.tip_minor:
        shown.append(("tips", sums.tip_minor, "before refunds, not in the sums above"))
    if found.shipping_minor:
        shown.append(("delivery", found.shipping_minor, "of paid orders, before refunds"))
    if found.discount_minor:
        shown.append(("discounts", found.discount_minor, "of paid orders, not in the sums above"))
    print_line(out, f"\n{currency}", "bold")
    for line in columns_of([(name, Money(minor, currency).display, note) for name, minor, note in shown], (1,)):
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


def _print_taxes(out: Console, found: CurrencyStats, currency: str) -> None:
    rows = [
        (
            kind.label,
            f"{kind.rate} %",
            "included" if kind.included else "added",
            Money(tax.net_minor, currency).display,
            Money(tax.tax_minor, currency).display,
        )
        for kind, tax in sorted(found.taxes.items())
    ]
    print_records(
        out, f"{currency} tax of paid orders, before refunds", ("Tax", "Rate", "Prices", "Net", "Amount"), rows, (3, 4)
    )


def _print_products(out: Console, found: CurrencyStats, currency: str) -> None:
    best = found.best_sellers()
    rows = [
        (product_id, f"{one.quantity:,}", Money(one.total_minor, currency).display) for product_id, one in best[:MAX_PRODUCTS]
    ]
    print_records(out, f"{currency} by product, before refunds", ("Product", "Sold", "Amount"), rows, (1, 2))
    if len(best) > MAX_PRODUCTS:
        print_line(out, f"{_INDENT}and {_count(len(best) - MAX_PRODUCTS, 'more product')}; --json has them all", "dim")


def has_blocks(encoding: str) -> bool:
    """Return whether an encoding has the characters that bars are made of."""
    try:
        _EIGHTHS.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def bar(value: int, largest: int, width: int, *, blocks: bool = True) -> str:
    """Return the bar of a value. A value above 0 is never empty.

    Args:
        value: At least 0.
        largest: The value whose bar is as long as the width.
        width: In characters.
        blocks: Whether the terminal has block characters; else the bar is of number signs.
    """
    if value <= 0 or width <= 0:
        return ""
    eighths = max(1, value * width * 8 // largest)
    if not blocks:
        return _ASCII * max(1, round(eighths / 8))
    return _FULL * (eighths // 8) + _EIGHTHS[eighths % 8].strip()


def _bars(days: dict[int, Sums]) -> tuple[int, dict[int, Sums]]:
    """Return of how many days each bar is, and the sums of the bars by their first seconds, from the first day to the last."""
    first = min(days)
    count = (max(days) - first) // DAY + 1
    step = -(-count // MAX_BARS)
    bars = {first + number * DAY: Sums() for number in range(0, count, step)}
    for day, sums in days.items():
        one = bars[day - (day - first) % (step * DAY)]
        one.paid_orders += sums.paid_orders
        one.paid_minor += sums.paid_minor
    return step, bars


def _print_chart(out: Console, days: dict[int, Sums], currency: str) -> None:
    step, bars = _bars(days)
    largest = max(one.paid_minor for one in bars.values())
    rows = [
        (format_utc(day)[:10], Money(one.paid_minor, currency).display, f"{one.paid_orders:,}") for day, one in bars.items()
    ]
    head, *lines = columns_of((("From" if step > 1 else "Day", "Amount", "Paid"), *rows), (1, 2))
    room = min(out.width - max(map(len, (head, *lines))) - len(_GAP), _MAX_BAR_WIDTH)
    blocks = has_blocks(out.encoding)
    print_line(out, f"\n{currency} paid, by {f'{step} UTC days' if step > 1 else 'the UTC day'} of the order", "bold")
    print_line(out, head, "dim")
    for line, one in zip(lines, bars.values(), strict=True):
        print_line(out, f"{line}{_GAP}{bar(one.paid_minor, largest, room, blocks=blocks)}".rstrip())


def print_stats(stats: OrderStats, out: Console) -> None:
    """Print statistics, in as many columns as the terminal has.

    Args:
        stats: The statistics.
        out: Where to print.
    """
    since, until = stats.span
    print_line(out, f"Orders from {format_utc(since or 0)} to {format_utc(until or 0)} UTC", "bold")
    statuses = ", ".join(f"{count:,} {status}" for status, count in sorted(stats.statuses.items()))
    fields = {
        "orders": f"{stats.orders:,}{f' ({statuses})' if statuses else ''}",
        "disputes": ", ".join(f"{count:,} {dispute}" for dispute, count in sorted(stats.disputes.items())) or "none",
        "to review": f"{stats.to_review:,}",
        "fees": "not stored here: the providers' reports have them",
    }
    for name, text in fields.items():
        print_line(out, hanging(f"{_INDENT}{name:<11}", text, out.width))
    for currency, found in sorted(stats.currencies.items()):
        _print_sums(out, found, currency)
        _print_strategies(out, found, currency)
        _print_taxes(out, found, currency)
        _print_products(out, found, currency)
        if found.sums.paid_minor:
            _print_chart(out, found.days, currency)


def _sums_view(sums: Sums, currency: str) -> Json:
    return {
        "orders": sums.orders,
        "paid_orders": sums.paid_orders,
        **amount_fields("paid", Money(sums.paid_minor, currency)),
        **amount_fields("tips", Money(sums.tip_minor, currency)),
        **amount_fields("refunded", Money(sums.refunded_minor, currency)),
        **amount_fields("kept", Money(sums.kept_minor, currency)),
    }


def _currency_view(found: CurrencyStats, currency: str) -> Json:
    return {
        "currency": currency,
        **_sums_view(found.sums, currency),
        "strategies": [{"strategy": name, **_sums_view(sums, currency)} for name, sums in sorted(found.strategies.items())],
        **amount_fields("discounts", Money(found.discount_minor, currency)),
        **amount_fields("delivery", Money(found.shipping_minor, currency)),
        "taxes": [
            {
                **kind._asdict(),
                **amount_fields("net", Money(tax.net_minor, currency)),
                **amount_fields("tax", Money(tax.tax_minor, currency)),
            }
            for kind, tax in sorted(found.taxes.items())
        ],
        "products": [
            {
                "product_id": product_id,
                "name": one.name,
                "quantity": one.quantity,
                **amount_fields("sold", Money(one.total_minor, currency)),
            }
            for product_id, one in found.best_sellers()
        ],
        "days": [{"day": iso_utc(day)[:10], **_sums_view(sums, currency)} for day, sums in sorted(found.days.items())],
    }


def stats_view(stats: OrderStats) -> Json:
    """Return statistics as JSON, without days on which no order was created. Amounts are as in an export."""
    since, until = stats.span
    return {
        "since": iso_utc(since or 0),
        "until": iso_utc(until or 0),
        "orders": stats.orders,
        "needs_review": stats.to_review,
        "statuses": {str(status): count for status, count in sorted(stats.statuses.items())},
        "disputes": {str(dispute): count for dispute, count in sorted(stats.disputes.items())},
        "fees": None,
        "currencies": [_currency_view(found, name) for name, found in sorted(stats.currencies.items())],
    }
