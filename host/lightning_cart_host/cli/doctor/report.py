"""Prints the doctor's checks for people: what was found, and what to do about those that are not right."""

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.text import Text

from lightning_cart_host.cli.doctor.check import Check, Level
from lightning_cart_host.cli.records import hanging, print_line
from lightning_cart_host.console import console
from lightning_cart_host.output import plural, printable

_STYLES: dict[Level, str] = {"ok": "green", "warn": "yellow", "fail": "bold red"}
_MARK_WIDTH = 6
_MIN_DETAIL_WIDTH = 40  # with less, the detail starts below its subject
_INDENT = 8


def _lines(check: Check, width: int, subject_width: int) -> Iterator[Text]:
    indent = _MARK_WIDTH + subject_width + 2
    head = Text.assemble((check.level.ljust(_MARK_WIDTH), _STYLES[check.level]), (printable(check.subject), "bold"))
    if width - indent < _MIN_DETAIL_WIDTH:
        yield head
        head, indent = Text(" " * _INDENT), _INDENT
    first, *others = hanging(" " * indent, check.detail, width).split("\n")
    yield head + Text(first[len(head) :])
    if check.level != "ok" and check.advice:
        others += hanging(f"{' ' * indent}-> ", check.advice, width).split("\n")
    yield from map(Text, others)


def _summary(checks: Sequence[Check]) -> str:
    counts = {level: sum(check.level == level for check in checks) for level in _STYLES}
    if not counts["fail"] and not counts["warn"]:
        return f"All checks passed: {len(checks)}."
    warnings = f"{counts['warn']} {plural('warning', counts['warn'])}"
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
            print_line(out, line)
    print_line(out, f"\n{_summary(checks)}")
