"""The filters of `orders list`, `orders export` and `orders stats`: their options, and the `OrderFilter` that they make."""

from typing import Annotated

import typer

from lightning_cart.domain.order import OrderStatus
from lightning_cart.errors import ConfigurationError, MoneyError
from lightning_cart.spelling import did_you_mean
from lightning_cart.storage.order_search import OrderFilter, parse_thousandths
from lightning_cart_host.cli.dates import DAY, parse_interval

TEXT_DAYS = 90  # how far `--text` looks back without `--since`: it reads every order of that time

Status = Annotated[str, typer.Option(help="Only orders with this status, such as paid.")]
Review = Annotated[bool, typer.Option("--review", help="Only orders that need review.")]
Disputed = Annotated[bool, typer.Option("--disputed", help="Only orders whose payment was disputed, whatever came of it.")]
Since = Annotated[
    str,
    typer.Option(help="Only orders created then or later: 2026-11-01, 2026-11-01T10:00, 7d, 12h, yesterday or today, in UTC."),
]
Until = Annotated[str, typer.Option(help="Only orders created before then, written like --since; a day is included.")]
Today = Annotated[bool, typer.Option("--today", help="Only today's orders, in UTC.")]
Email = Annotated[str, typer.Option(help="Only orders of this e-mail address.")]
Site = Annotated[str, typer.Option(help="Only orders of this site.")]
ProductOption = Annotated[str, typer.Option("--product", help="Only orders with this product, by its id.")]
Over = Annotated[str, typer.Option(help="Only orders whose total is more than this, such as 20 or 19.99, in any currency.")]
Under = Annotated[str, typer.Option(help="Only orders whose total is less than this.")]
ContainedText = Annotated[
    str,
    typer.Option(
        "--text",
        help=f"Only orders with this text in their id, lines, metadata or buyer; without --since, of the last "
        f"{TEXT_DAYS} days.",
    ),
]


def _check_amount(name: str, amount: str) -> None:
    try:
        parse_thousandths(amount or "0")
    except MoneyError as error:
        raise ConfigurationError(f"{name}: {error}") from error


def make_filter(
    now: int,
    *,
    status: str = "",
    review: bool = False,
    disputed: bool = False,
    since: str = "",
    until: str = "",
    today: bool = False,
    email: str = "",
    site: str = "",
    product: str = "",
    over: str = "",
    under: str = "",
    text: str = "",
) -> OrderFilter:
    """Return the filter that the options of a command name.

    Args:
        now: Unix seconds.
        status: One of `OrderStatus`, or empty for any.
        review: Whether only orders that need review are wanted.
        disputed: Whether only orders with a dispute are wanted.
        since: A day, a time or an age, or empty.
        until: The same; or empty.
        today: Whether only today's orders are wanted.
        email: An e-mail address, or empty.
        site: A site's id, or empty.
        product: A product's id, or empty.
        over: The total above which orders are wanted, in major units, or empty.
        under: The total below which orders are wanted, in major units, or empty.
        text: A part of a text, or empty.

    Raises:
        ConfigurationError: There is no such status, or a date or an amount cannot be read.
    """
    if status and status not in set(OrderStatus):
        meant = did_you_mean(status, OrderStatus)
        raise ConfigurationError(f"there is no status {status}, only {', '.join(OrderStatus)}{f': {meant}' if meant else ''}")
    for name, amount in (("--over", over), ("--under", under)):
        _check_amount(name, amount)
    span = parse_interval(since, until, now, today=today)
    first = span.since
    if text and first is None:
        first = max(0, (now if span.until is None else min(now, span.until)) - TEXT_DAYS * DAY)
    return OrderFilter(
        status=status,
        review=review,
        disputed=disputed,
        since=first,
        until=span.until,
        email=email.strip(),
        site=site,
        product=product,
        over=over,
        under=under,
        text=text,
    )
