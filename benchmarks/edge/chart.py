"""Draws the figures as one SVG: a bar for each contender and race, in milliseconds of CPU with JSPI."""

from benchmarks.edge.contenders import CHECKOUT, HEALTH, HELLO, IN_PYODIDE, PAYPAL, PRODUCTS, VERIFY, WEBHOOK
from benchmarks.edge.figures import Figures, cpu

_ROWS = (HELLO, HEALTH, PRODUCTS, VERIFY, WEBHOOK, PAYPAL, CHECKOUT)
_COLOURS = {"floor": "#8a94a6", "ours": "#f2a900", "FastAPI": "#3d6fb4"}
_WIDTH, _LEFT, _RIGHT, _BAR, _GAP, _TOP = 720, 124, 60, 15, 14, 64
_STYLE = "text{font:13px system-ui,sans-serif;fill:#56606f}.t{font-size:15px;font-weight:600}.n{font-size:12px}"


def draw(figures: Figures) -> str:
    """Draw the chart.

    Args:
        figures: The figures of a run.

    Returns:
        An SVG document, legible on a light and on a dark page.
    """
    found = [
        (
            race.name,
            [(one.name, value) for one in IN_PYODIDE if (value := cpu(figures, "jspi", race.name, one.name)) is not None],
        )
        for race in _ROWS
    ]
    scale = (_WIDTH - _LEFT - _RIGHT) / max(value for _, bars in found for _, value in bars)
    parts = ['<text class="t" x="12" y="24">One request in Pyodide 314 with JSPI, milliseconds of CPU: less is better</text>']
    for index, (name, colour) in enumerate(_COLOURS.items()):
        x = _LEFT + 110 * index
        parts.append(
            f'<rect x="{x}" y="38" width="12" height="12" rx="2" fill="{colour}"/><text x="{x + 18}" y="49">{name}</text>'
        )
    y = _TOP
    for race, bars in found:
        parts.append(f'<text x="12" y="{y + len(bars) * _BAR / 2 + 5:.0f}">{race}</text>')
        for name, value in bars:
            width = value * scale
            parts.append(f'<rect x="{_LEFT}" y="{y}" width="{width:.1f}" height="{_BAR - 3}" rx="2" fill="{_COLOURS[name]}"/>')
            parts.append(f'<text class="n" x="{_LEFT + width + 6:.1f}" y="{y + 10}">{value:.1f}</text>')
            y += _BAR
        y += _GAP
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {y}" role="img" aria-label="Milliseconds of CPU">'
    return "\n".join([head, f"<style>{_STYLE}</style>", *parts, "</svg>", ""])
