"""What an operator can ask of a list of orders, and the values of the statements that answer it."""

import re
from typing import NamedTuple

from lightning_cart.domain.email_address import read_email
from lightning_cart.domain.money import MAX_SAFE_INTEGER
from lightning_cart.errors import MoneyError
from lightning_cart.ports import SqlValue
from lightning_cart.ulid import make_id

ID_PREFIX = "ord_"
ABOVE_IDS = "~"  # sorts after every character of an id
_AMOUNT = re.compile(r"(0|[1-9][0-9]{0,11})(?:\.([0-9]{1,3}))?", re.ASCII)
_UNITS = (("whole", 1000), ("hundredths", 10), ("thousandths", 1))


class OrderFilter(NamedTuple):
    """What an order must have to be listed. Empty fields do not matter; all others hold together.

    Args:
        status: Its status.
        review: It needs review.
        disputed: The buyer has ever disputed its payment.
        since: The first second, in Unix seconds, in which it can have been created.
        until: The second before which it was created.
        email: The buyer's whole e-mail address, in the cart or at the provider, in any case, as people type and copy it.
        site: The site's id.
        product: The id of the product of one of its lines.
        over: Its total is more than this, in major units of its own currency, such as `12.50`.
        under: Its total is less than this.
        text: A part, in any case, of its id, of its lines' names, ids, SKUs and options, of metadata, or of its buyer's name,
            e-mail and other addresses, phone, VAT id, texts or note. All orders within the time bounds are read.
    """

    status: str = ""
    review: bool = False
    disputed: bool = False
    since: int | None = None
    until: int | None = None
    email: str = ""
    site: str = ""
    product: str = ""
    over: str = ""
    under: str = ""
    text: str = ""


def is_amount(text: str) -> bool:
    """Return whether a text is a plain decimal number with up to 3 decimals."""
    return _AMOUNT.fullmatch(text) is not None


def parse_thousandths(text: str) -> int:
    """Return an amount in thousandths of a major unit.

    Raises:
        MoneyError: It is not a plain decimal number.
    """
    match = _AMOUNT.fullmatch(text)
    if match is None:
        raise MoneyError(f"{text!r} is not an amount: write a plain number such as 12.50")
    return int(match[1]) * 1000 + int((match[2] or "").ljust(3, "0"))


def first_id_at(seconds: int) -> str:
    """Return the lowest id that an order can have if it was created at a time in Unix seconds."""
    return f"{ID_PREFIX}{make_id(seconds * 1000, 0)}"


def amount_values(over: int | None, under: int | None) -> dict[str, SqlValue]:
    """Return bounds of the total in the minor units of currencies with no, two and three decimals.

    Args:
        over: In thousandths of a major unit, or None for no bound.
        under: As `over`.
    """
    values: dict[str, SqlValue] = {}
    for unit, thousandths in _UNITS:
        values[f"over_{unit}"] = -1 if over is None else over // thousandths
        values[f"under_{unit}"] = MAX_SAFE_INTEGER if under is None else -(-under // thousandths)
    return values


def filter_values(wanted: OrderFilter, limit: int, before: str = "") -> dict[str, SqlValue]:
    """Return the values of all parameters of the statements that list orders.

    Args:
        wanted: The filters.
        limit: The maximum number of orders.
        before: Only orders with a lower id, or empty.

    Raises:
        MoneyError: An amount is not a plain decimal number.
    """
    below = ABOVE_IDS if wanted.until is None else first_id_at(wanted.until)
    return {
        "status": wanted.status,
        "review": int(wanted.review),
        "disputed": int(wanted.disputed),
        "email": read_email(wanted.email) or wanted.email,
        "site": wanted.site,
        "product": wanted.product,
        "from_id": "" if wanted.since is None else first_id_at(wanted.since),
        "below_id": min(below, before) if before else below,
        "limit": limit,
        **amount_values(*(parse_thousandths(text) if text else None for text in (wanted.over, wanted.under))),
    }
