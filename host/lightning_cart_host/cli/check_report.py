"""Prints the doctor's checks for people: one paragraph for each, and what to do about those that are not right."""

from collections.abc import Iterator, Sequence
from textwrap import wrap

from rich.console import Console
from rich.text import Text

from lightning_cart_host.cli.check import Check, Level
from lightning_cart_host.console import console

_STYLES: dict[Level, str] = {"ok": "green", "warn": "yellow", "fail": "bold red"}
_MARK_WIDTH = 6
_MIN_DETAIL_WIDTH = 48  # with less, the detail starts below its subject
_INDENT = 8


def _wrap(text: str, width: int) -> list[str]:
    # Ids, names and URLs are never broken, because somebody will copy them. An indented line has a caret below it.
    lines: list[str] = []
    for line in text.split("\n"):
        is_excerpt = line.startswith(" ")
        lines += [line] if is_excerpt else wrap(line, max(width, 20), break_long_words=False, break_on_hyphens=False)
    return lines or [""]


def _lines(check: Check, width: int, subject_width: int) -> Iterator[Text]:
    indent = _MARK_WIDTH + subject_width + 2
    is_table = width - indent >= _MIN_DETAIL_WIDTH
    head = Text.assemble((check.level.ljust(_MARK_WIDTH), _STYLES[check.level]), (check.subject, "bold"))
    if not is_table:
        yield head
        indent = _INDENT
    lines = [Text(" " * indent + line) for line in _wrap(check.detail, width - indent)]
    if is_table:
        lines[0] = head + Text(" " * (indent - len(head)) + lines[0].plain[indent:])
    yield from lines
    if check.level != "ok" and check.advice:
        first, *others = _wrap(check.advice, width - indent - 3)
        yield Text(f"{' ' * indent}-> {first}")
        yield from (Text(f"{' ' * indent}   {line}") for line in others)


def _summary(checks: Sequence[Check]) -> str:
    counts = {level: sum(check.level == level for check in checks) for level in _STYLES}
    if not counts["fail"] and not counts["warn"]:
        return f"All {len(checks)} checks passed."
    warnings = f"{counts['warn']} warning{'' if counts['warn'] == 1 else 's'}"
    return f"{counts['fail']} of {len(checks)} checks failed, {warnings}, {counts['ok']} ok."


def print_checks(checks: Sequence[Check], out: Console | None = None) -> None:
    """Print the doctor's checks, and what to do about those that are not right.

    Args:
        checks: In the order in which they are printed.
        out: The console. Default: standard output.
    """
    out = out or console()
    subject_width = max((len(check.subject) for check in checks), default=0)
    for check in checks:
        for line in _lines(check, out.width, subject_width):
            out.print(line, soft_wrap=True)
    out.print(Text(f"\n{_summary(checks)}"), soft_wrap=True)
