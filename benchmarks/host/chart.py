"""Draws the figures as one SVG: a bar for each contender, in milliseconds of CPU for one request."""

from benchmarks.host.contenders import BOTH, OURS
from benchmarks.host.figures import Figures, rounds, typical
from benchmarks.host.racing import CHECKOUT, WEBHOOK

_CONNECTIONS = "8"
_COLOURS = {True: "#f2a900", False: "#3d6fb4"}
_WIDTH, _LEFT, _RIGHT, _BAR, _GAP, _TOP = 720, 190, 60, 22, 16, 44
_STYLE = "text{font:13px system-ui,sans-serif;fill:#56606f}.t{font-size:15px;font-weight:600}.n{font-size:12px}"


def draw(figures: Figures) -> str:
    """Draw the chart.

    Args:
        figures: The figures of a run.

    Returns:
        An SVG document, legible on a light and on a dark page. The paler end of a bar is PostgreSQL's own CPU.
    """
    races = figures["races"]
    connections = _CONNECTIONS if _CONNECTIONS in races[CHECKOUT] else next(iter(races[CHECKOUT]))
    found = [
        (kind, contender, typical(rounds(races, kind, connections, contender)))
        for kind in (CHECKOUT, WEBHOOK)
        for contender in BOTH
    ]
    scale = (_WIDTH - _LEFT - _RIGHT) / max(one["cpu"] + one["database_cpu"] for *_, one in found)
    title = f"One request on a host, {connections} at a time, milliseconds of CPU: less is better"
    parts = [f'<text class="t" x="12" y="24">{title}</text>']
    y, last = _TOP, CHECKOUT
    for kind, contender, one in found:
        y += _GAP if kind != last else 0
        last = kind
        own, server, colour = one["cpu"] * scale, one["database_cpu"] * scale, _COLOURS[contender.program == OURS]
        height = _BAR - 5
        parts += [
            f'<text x="12" y="{y + 14}">{kind}: {contender.name}</text>',
            f'<rect x="{_LEFT}" y="{y}" width="{own:.1f}" height="{height}" rx="2" fill="{colour}"/>',
            f'<rect x="{_LEFT + own:.1f}" y="{y}" width="{server:.1f}" height="{height}" fill="{colour}" fill-opacity="0.45"/>',
            f'<text class="n" x="{_LEFT + own + server + 6:.1f}" y="{y + 13}">{one["cpu"]:.2f}</text>',
        ]
        y += _BAR
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {y + 8}" role="img" aria-label="Milliseconds of CPU">'
    )
    return "\n".join([head, f"<style>{_STYLE}</style>", *parts, "</svg>", ""])
