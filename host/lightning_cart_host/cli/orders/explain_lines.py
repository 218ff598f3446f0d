"""Lays out what `lightning-cart orders explain` says, on lines that fit the terminal."""

import textwrap
from collections.abc import Iterator, Sequence

from lightning_cart.storage.orders import OrderHistory
from lightning_cart.usecases.explain import order_timeline
from lightning_cart.usecases.next_steps import NextStep
from lightning_cart_host.cli.dates import format_utc
from lightning_cart_host.cli.orders.next_steps_text import say_step
from lightning_cart_host.output import printable

_ENTRY_NAMES = {"made": "created", "effect": "message", "told": "delivery"}  # the words of the JSON, for people
_NARROW = 100  # columns: below, a reason begins further left
_CONTINUED = " \\"  # a shell reads the next line as part of the command


def _wrap(text: str, indent: int, width: int | None) -> list[str]:
    """Return a text on lines of at most so many columns, without breaking a word."""
    space, text = " " * indent, printable(text).replace("\n", " ")
    if width is None:
        return [f"{space}{text}"]
    return textwrap.wrap(
        text,
        width,
        initial_indent=space,
        subsequent_indent=" " * max(indent, 4),
        break_long_words=False,
        break_on_hyphens=False,
    )


def _wrap_command(text: str, width: int | None) -> list[str]:
    """Return a command on lines that can be copied to a shell together."""
    lines = _wrap(text, 4, width and width - len(_CONTINUED))
    return [f"{line}{_CONTINUED}" for line in lines[:-1]] + lines[-1:]


def explain_lines(history: OrderHistory, steps: Sequence[NextStep], width: int | None) -> Iterator[str]:
    """Yield what happened to an order and why, and then what it waits for.

    Args:
        history: The order with everything that is stored about it.
        steps: What it waits for.
        width: The terminal's width in columns, or None if the output is no terminal.
    """
    reason_indent = 31 if width is None or width >= _NARROW else 4
    for entry in order_timeline(history):
        decision = " ".join(word for word in (f"[{entry.before}]" if entry.before else "", entry.verdict) if word)
        what = _ENTRY_NAMES.get(entry.what, entry.what)
        yield from _wrap(f"{format_utc(entry.at)}  {what:<8}  {entry.name}{f'  {decision}' if decision else ''}", 0, width)
        yield from _wrap(entry.why, reason_indent, width)
    yield ""
    yield "Next:"
    for step in steps:
        for line in say_step(step, history.order).split("\n"):
            yield from _wrap_command(line, width) if line.startswith("lightning-cart ") else _wrap(line, 2, width)
