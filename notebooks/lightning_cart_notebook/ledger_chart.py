"""Draws the balances of the sandbox's ledger as bars to the left and right of zero."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from lightning_cart.domain.money import Money
from lightning_cart_notebook.view import GREEN, RED, View, grid

_LABEL_WIDTH, _HALF_WIDTH, _ROW_HEIGHT = 230, 250, 30  # pixels


def _signed(minor: int, currency: str) -> str:
    return f"{'+' if minor > 0 else ''}{Money(minor, currency).display}"


def _draw(accounts: Sequence[Mapping[str, Any]]) -> str:
    max_balance = max(abs(one["balance_minor"]) for one in accounts)
    zero, width, height = _LABEL_WIDTH + _HALF_WIDTH, _LABEL_WIDTH + 2 * _HALF_WIDTH + 80, _ROW_HEIGHT * len(accounts) + 8
    parts = [f'<svg viewBox="0 0 {width} {height}" width="{width}" font-size="12" role="img" aria-label="the ledger">']
    for row, one in enumerate(accounts):
        minor, y = one["balance_minor"], 4 + row * _ROW_HEIGHT
        length = max(1, (_HALF_WIDTH - 70) * abs(minor) // (max_balance or 1))
        start, colour = (zero, GREEN) if minor >= 0 else (zero - length, RED)
        edge, anchor = (zero + length + 6, "start") if minor >= 0 else (zero - length - 6, "end")
        parts.append(f'<text x="0" y="{y + 18}">{escape(one["name"])}</text>')
        parts.append(f'<rect x="{start}" y="{y + 4}" width="{length}" height="20" rx="3" fill="{colour}"/>')
        amount = escape(_signed(minor, one["currency"]))
        parts.append(f'<text x="{edge}" y="{y + 18}" text-anchor="{anchor}" font-weight="600">{amount}</text>')
    parts.append(f'<line x1="{zero}" y1="0" x2="{zero}" y2="{height}" stroke="currentColor" stroke-opacity=".5"/>')
    return "".join([*parts, "</svg>"])


def ledger_view(report: Mapping[str, Any]) -> View:
    """Draw the balances and list the entries of a ledger.

    Args:
        report: The response of the sandbox's `GET /api/ledger`.
    """
    accounts = report["accounts"]
    summary = "it balances" if report["balanced"] else "it does not balance"
    rows = [
        (one["description"], entry["account"], _signed(entry["amount_minor"], one["currency"]))
        for one in report["transactions"]
        for entry in one["entries"]
    ]
    picture = _draw(accounts) if accounts else "No money has moved."
    view = grid(f"The ledger: {summary}", ("what happened", "account", "amount"), rows, picture)
    balances = "\n".join(f"  {one['name']}: {_signed(one['balance_minor'], one['currency'])}" for one in accounts)
    return View(view.html, f"{view.text}\nBalances:\n{balances}")
