"""Prints codes as a table."""

from collections.abc import Sequence

from rich.cells import cell_len

from lightning_cart.domain.codes import Code
from lightning_cart.storage.code_store import StoredCode
from lightning_cart.usecases.codes import state_of
from lightning_cart_host.cli.codes.words import say_discount, say_goods, say_sums, say_time
from lightning_cart_host.cli.records import columns_of, print_line, print_records
from lightning_cart_host.console import console
from lightning_cart_host.output import printable

_COLUMNS = ("Code", "Gives", "For", "Uses", "Holds until", "State", "Also")


def _gives(code: Code) -> str:
    discount = say_discount(code.terms)
    parts = [f"{discount} off" if discount else "", "free delivery" if code.terms.free_delivery else ""]
    return ", ".join(filter(None, parts))


def _uses(stored: StoredCode) -> str:
    limit = "" if stored.code.most_uses is None else f"/{stored.code.most_uses}"
    return f"{stored.code.uses}{limit}{f' ({stored.held} open)' if stored.held else ''}"


def _also(code: Code) -> str:
    parts = {
        f"of {say_sums(code.terms.least)} or more": bool(code.terms.least),
        f"from {say_time(code.from_at or 0)}": code.from_at is not None,
        "once per buyer": code.once,
        "may come to nothing": code.terms.free,
    }
    return ", ".join(part for part, is_so in parts.items() if is_so)


def print_codes(codes: Sequence[StoredCode], now: int) -> None:
    """Print codes, one on a line if the terminal is wide enough or a program reads them.

    Args:
        codes: At least one.
        now: Unix seconds.
    """
    rows = [
        (
            one.code.code,
            _gives(one.code),
            say_goods(one.code.terms) or "everything",
            _uses(one),
            "" if one.code.until_at is None else say_time(one.code.until_at, is_end=True),
            state_of(one.code, now),
            _also(one.code),
        )
        for one in codes
    ]
    out, used = console(), [number for number, cells in enumerate(zip(*rows, strict=True)) if any(cells)]
    table = [[printable(row[number]).replace("\n", " ") for number in used] for row in (_COLUMNS, *rows)]
    head, *lines = (line.strip() for line in columns_of(table))
    if out.is_terminal and max(map(cell_len, (head, *lines))) > out.width:
        print_records(out, "Codes", _COLUMNS, rows)
        return
    print_line(out, head, "dim")
    for line in lines:
        print_line(out, line)
