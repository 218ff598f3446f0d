"""Draws a sequence diagram of requests and responses as SVG."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from lightning_cart_notebook.view import BLUE, RED

_LANE_WIDTH, _ROW_HEIGHT, _TOP = 300, 30, 34  # pixels
_MAX_LABEL_CHARACTERS = 46
_LONG_ID = re.compile(r"(\w{12})\w{8,}")


@dataclass(frozen=True, slots=True)
class Arrow:
    """One message.

    Args:
        at: The position in time.
        start: The name of the sender.
        end: The name of the receiver.
        label: The text on the arrow.
        back: Whether it is a response.
        bad: Whether it is an error.
    """

    at: int
    start: str
    end: str
    label: str
    back: bool = False
    bad: bool = False


def _short(text: str) -> str:
    text = _LONG_ID.sub(r"\1…", text)
    return text if len(text) <= _MAX_LABEL_CHARACTERS else f"{text[: _MAX_LABEL_CHARACTERS - 1]}…"


def draw_sequence(arrows: Sequence[Arrow]) -> str:
    """Draw messages between their senders and receivers.

    Args:
        arrows: The messages, in any order.
    """
    order = ("the buyer", "the engine")
    found = dict.fromkeys(name for arrow in arrows for name in (arrow.start, arrow.end))
    participants = [*(name for name in order if name in found), *(name for name in found if name not in order)]
    places = {name: 90 + index * _LANE_WIDTH for index, name in enumerate(participants)}
    width, height = places[participants[-1]] + 90, _TOP + _ROW_HEIGHT * len(arrows) + 14
    parts = [
        f'<svg viewBox="0 0 {width} {height}" width="{width}" font-size="12" role="img" aria-label="sequence of requests">'
    ]
    for name, x in places.items():
        parts.append(f'<text x="{x}" y="16" text-anchor="middle" font-weight="600">{escape(name)}</text>')
        parts.append(f'<line x1="{x}" y1="24" x2="{x}" y2="{height - 4}" stroke="currentColor" stroke-opacity=".25"/>')
    for row, arrow in enumerate(sorted(arrows, key=lambda one: one.at)):
        y, start, end = _TOP + 20 + row * _ROW_HEIGHT, places[arrow.start], places[arrow.end]
        tip = -7 if end > start else 7
        colour = RED if arrow.bad else BLUE
        dash = ' stroke-dasharray="4 3"' if arrow.back else ""
        parts.append(f'<line x1="{start}" y1="{y}" x2="{end + tip}" y2="{y}" stroke="{colour}"{dash}/>')
        parts.append(f'<path d="M{end} {y}l{tip} -4v8z" fill="{colour}"/>')
        parts.append(f'<text x="{(start + end) // 2}" y="{y - 5}" text-anchor="middle">{escape(_short(arrow.label))}</text>')
    return "".join([*parts, "</svg>"])
