"""Reads the lines that an operator names to refund them."""

import re

from lightning_cart.domain.refund import LineWish
from lightning_cart.errors import ConfigurationError

_LINE = re.compile(
    r"(?:line#(?P<number>[1-9][0-9]{0,3})|(?P<id>[^/:#@\s]+)(?:/(?P<variant>[^/:#@\s]+))?):(?P<quantity>[1-9][0-9]{0,5})",
    re.ASCII,
)


def parse_line(text: str) -> LineWish:
    """Return the pieces of a line that a text such as `tshirt:2`, `tshirt/l-blue:2` or `line#3:2` names.

    Raises:
        ConfigurationError: It is no such text.
    """
    found = _LINE.fullmatch(text.strip())
    if found is None:
        raise ConfigurationError(
            f"--line {text} is not a line and its pieces: write tshirt:2, or tshirt/l-blue:2 for a variant, or line#3:2 "
            "for the third line of the order"
        )
    place = int(found["number"]) - 1 if found["number"] else None
    return LineWish(int(found["quantity"]), found["id"] or "", found["variant"] or "", place)
