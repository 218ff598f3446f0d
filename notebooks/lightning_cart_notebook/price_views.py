"""Views of what a cart costs: a quote, the requests that open a checkout at each provider, and the totals of all."""

from collections.abc import Mapping
from html import escape
from typing import Any

from lightning_cart.domain.money import Money
from lightning_cart.domain.order import Order
from lightning_cart.providers.untrusted_json import get, get_integer, get_list
from lightning_cart_notebook.exchange import Exchange
from lightning_cart_notebook.message_view import request_view
from lightning_cart_notebook.view import View, grid, headline

_COLUMNS = "display:grid;gap:12px;grid-template-columns:repeat(auto-fit,minmax(270px,1fr))"


def quote_view(quote: Mapping[str, Any], title: str = "What the cart costs") -> View:
    """Return the view of a quote: its lines, its parts and the tax of each rate.

    Args:
        quote: The JSON of `POST /quote`.
        title: The headline.
    """

    def shown(minor: int) -> str:
        return Money(minor, quote["currency"]).display

    rows = [
        (
            ", ".join([line["name"], *line["options"].values()]),
            f"{line['quantity']} of {line['unit']}",
            shown(line["total_minor"]),
        )
        for line in quote["lines"]
    ]
    parts = {"goods": "goods_minor", "discount": "discount_minor", "delivery": "shipping_minor", "added tax": "tax_minor"}
    rows += [(name, "", shown(quote[key])) for name, key in parts.items() if quote[key] or key == "goods_minor"]
    rows.append(("total", "", quote["total"]))
    for tax in quote["taxes"]:
        how = "included" if tax["included"] else "added"
        rows.append((f"{tax['label']} {tax['rate']} %, {how}", f"on {shown(tax['net_minor'])}", shown(tax["tax_minor"])))
    return grid(title, ("what", "how many", "amount"), rows)


def _opening(checkout: Exchange) -> Exchange:
    """Return the exchange that opened the checkout: the last one with a body that the engine sent."""
    return [one for one in checkout.inside if one.request.body and "token" not in one.request.path][-1]


def side_by_side(checkouts: Mapping[str, Exchange]) -> View:
    """Return the requests that opened checkouts, beside each other.

    Args:
        checkouts: The engine's answer to one cart, by the strategy to pay with.
    """
    asked = {name: _opening(checkout) for name, checkout in checkouts.items()}
    shown = {name: request_view(one.request) for name, one in asked.items()}
    columns = "".join(
        f"<div>{headline(name, f'POST {asked[name].request.path}')}{view.html}</div>" for name, view in shown.items()
    )
    text = [f"{escape(name)}: POST {asked[name].request.path}\n{view.text}" for name, view in shown.items()]
    return View(f'<div style="{_COLUMNS}">{columns}</div>', "\n".join(text))


def _provider_total(answer: Mapping[str, Any], order: Order) -> str:
    """Return the total of a checkout as the provider's answer has it, in its own notation."""
    lines = get_list(answer, "line_items", "data")
    if lines:  # a payment link has no total of its own
        return str(sum(get_integer(line, "amount_total") or 0 for line in lines))
    square = get(answer, "related_resources", "orders", 0, "total_money", "amount")
    found = (get(answer, "amount_total"), get(answer, "purchase_units", 0, "amount", "value"), square)
    return next((str(total) for total in found if total is not None), order.total.decimal)


def totals_view(quote: Mapping[str, Any], checkouts: Mapping[str, Exchange], orders: Mapping[str, Order]) -> View:
    """Return the totals of one cart in every way to pay.

    Args:
        quote: The JSON of `POST /quote`.
        checkouts: The engine's answer to the cart, by the strategy to pay with.
        orders: The orders after they were paid, by the same.
    """
    rows = [
        (
            name,
            quote["total"],
            _provider_total(_opening(checkout).json, orders[name]),
            orders[name].total.display,
            Money(orders[name].paid_minor, orders[name].total.currency).display,
        )
        for name, checkout in checkouts.items()
    ]
    return grid("One cart, four ways to pay", ("way to pay", "quoted", "provider's own total", "order", "paid"), rows)


def refusals_view(answers: Mapping[str, Exchange]) -> View:
    """Return what the engine says about carts that cannot be bought.

    Args:
        answers: The engine's answers by what is wrong with the cart.
    """
    rows = [(what, answer.json["field"], answer.json["detail"], answer.json["reason"]) for what, answer in answers.items()]
    return grid("Refused, and nothing saved", ("what is wrong", "field", "to the buyer", "to whoever builds the page"), rows)
