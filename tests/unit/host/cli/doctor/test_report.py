"""The doctor's checks as text: aligned where there is room, below each other where there is none, and counted."""

import io

import pytest
from rich.console import Console

from lightning_cart_host.cli.doctor.check import Check, failed, passed, warned
from lightning_cart_host.cli.doctor.report import print_checks

URL = "https://pay.shop.example/webhook/a-path-that-is-longer-than-many-a-terminal-is-wide"
CHECKS = [
    passed("Python", "3.13.0"),
    warned("clock", "42 seconds ahead of the clock of stripe", "set the clock: sudo timedatectl set-ntp true on Linux"),
    failed("SQUARE_WEBHOOK_SIGNATURE_KEY", f"is not that of the endpoint at {URL}", "copy it from the dashboard"),
]


def printed(width: int, checks: list[Check] = CHECKS) -> str:
    stream = io.StringIO()
    print_checks(checks, Console(file=stream, width=width, highlight=False, force_terminal=False))
    return stream.getvalue()


def test_subjects_and_details_are_columns_where_there_is_room() -> None:
    assert printed(200).splitlines() == [
        "ok    Python                        3.13.0",
        "warn  clock                         42 seconds ahead of the clock of stripe",
        "                                    -> set the clock: sudo timedatectl set-ntp true on Linux",
        f"fail  SQUARE_WEBHOOK_SIGNATURE_KEY  is not that of the endpoint at {URL}",
        "                                    -> copy it from the dashboard",
        "",
        "1 of 3 checks failed, 1 warning, 1 ok.",
    ]


@pytest.mark.parametrize("width", [40, 60, 80, 100])
def test_no_line_is_longer_than_the_terminal_is_wide(width: int) -> None:
    assert [line for line in printed(width).splitlines() if len(line) > width and URL not in line] == []


def test_narrow_terminals_get_the_detail_below_its_subject() -> None:
    assert printed(60).splitlines()[:2] == ["ok    Python", "        3.13.0"]


def test_what_moves_the_cursor_is_shown_as_an_escape() -> None:
    assert "it sends to x.example/\\x1b[2J" in printed(80, [failed("endpoint", "it sends to x.example/\x1b[2J", "correct it")])


@pytest.mark.parametrize("width", [20, 40, 60, 80, 200])
def test_a_url_is_never_broken(width: int) -> None:
    assert URL in printed(width)


def test_a_name_and_its_caret_keep_their_places() -> None:
    lines = printed(50, [failed(".env", "line 2 is not NAME=value\n    NAME\n    ^^^^", "correct it")]).splitlines()
    assert lines[1:4] == ["        line 2 is not NAME=value", "            NAME", "            ^^^^"]


def test_the_text_is_ascii() -> None:
    assert printed(60).isascii()


@pytest.mark.parametrize(
    ("checks", "summary"),
    [
        (CHECKS[:1], "All checks passed: 1."),
        (CHECKS[:2], "0 of 2 checks failed, 1 warning, 1 ok."),
        ([CHECKS[1]] * 2, "0 of 2 checks failed, 2 warnings, 0 ok."),
        ([], "All checks passed: 0."),
    ],
)
def test_the_checks_are_counted(checks: list[Check], summary: str) -> None:
    assert printed(80, checks).splitlines()[-1] == summary
