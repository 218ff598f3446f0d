"""Prints what was bought and what it costs: the lines of an order, and the parts of its total."""

from collections.abc import Iterator

from rich.console import Console

from lightning_cart.domain.line_item import LineItem
from lightning_cart.domain.money import Money
from lightning_cart.domain.order import Order
from lightning_cart.storage.orders import OrderHistory
from lightning_cart_host.cli.records import columns_of, hanging, print_line
from lightning_cart_host.output import printable


def print_lines(out: Console, order: Order) -> None:
    """Print the lines of an order, each with what its buyer wrote for it."""
    print_line(out, "\nLines", "bold")
    for line, texts in zip(order.lines, order.inputs, strict=True):
        price = f"{line.unit_price.display}{f' a {line.interval}' if line.interval else ''}"
        total = f" = {line.total.display}" if line.quantity > 1 else ""
        off = f", {Money(line.discount_minor, line.unit_price.currency).display} off" if line.discount_minor else ""
        print_line(out, hanging("  ", f"{line.quantity} of {line.title} at {price}{total}{off}", out.width))
        for name, text in texts.items():
            print_line(out, hanging(f"      {name}: ", text, out.width))
        print_line(out, hanging("      ", _about(line), out.width), "dim")


def _about(line: LineItem) -> str:
    known = [line.product_id]
    known += [f"variant: {line.variant_id}"] if line.variant_id else []
    known += [f"SKU: {line.sku}"] if line.sku else []
    chosen = {**line.options, **line.metadata}
    return "; ".join([*known, *(f"{key}: {value}" for key, value in chosen.items())])


def _parts(order: Order) -> Iterator[tuple[str, int, str]]:
    """Yield the parts of a total, each with its name and a note; nothing if the goods are the total."""
    parts = order.parts
    if parts.goods != parts.total or order.delivery is not None:
        yield "goods", parts.goods.minor, ""
    if parts.discount.minor:
        yield "discount", -parts.discount.minor, ""
    if order.delivery is not None:
        yield "delivery", parts.shipping.minor, ""
    for group in order.taxes:
        if not group.included:
            yield "tax", group.tax_minor, f"{group.rate} % {group.label} on {_display(group.net_minor, order)}"


def _display(minor: int, order: Order) -> str:
    return Money(minor, order.total.currency).display


def _amounts(history: OrderHistory) -> Iterator[tuple[str, int, str]]:
    order = history.order
    yield from _parts(order)
    yield "total", order.total.minor, ""
    for group in order.taxes:
        if group.included:
            yield "of it tax", group.tax_minor, f"{group.rate} % {group.label} of {_display(group.net_minor, order)}"
    yield "paid", order.paid_minor, ""
    if order.paid_minor or order.tip_minor or order.refunded_minor:
        if order.tip_minor:
            yield "tip", order.tip_minor, ""
        kept_minor = history.kept.minor
        yield "refunded", order.paid_minor + order.tip_minor - kept_minor, ""
        yield "left", kept_minor, ""
    if order.renewal_minor:
        interval = next((line.interval for line in order.lines if line.interval), "")
        yield "renewal", order.renewal_minor, f"each {interval}" if interval else ""


def print_money(out: Console, history: OrderHistory) -> None:
    """Print the parts of an order's total, and what was paid and refunded."""
    print_line(out, "\nMoney", "bold")
    shown = [(name, _display(minor, history.order), printable(note)) for name, minor, note in _amounts(history)]
    for line in columns_of(shown, (1,)):
        print_line(out, line)
