"""Views of codes, buyers and receipts: what is left of a code, why one does not hold, who bought, and what was booked."""

import re
from collections.abc import Iterable, Mapping, Sequence
from html import unescape
from typing import Any

from lightning_cart.domain.document import Series
from lightning_cart.domain.money import Money
from lightning_cart.domain.order import Order
from lightning_cart.domain.receipt import TaxShare
from lightning_cart.usecases.buyer_fields import buyer_fields
from lightning_cart.usecases.receipts import Papers
from lightning_cart_notebook.exchange import Exchange
from lightning_cart_notebook.masking import safe_json, safe_text
from lightning_cart_notebook.page_view import page_view
from lightning_cart_notebook.view import View, facts, grid

_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
_HIDDEN = re.compile(r"<(style|head|nav)\b.*?</\1>", re.DOTALL)
_NARROW = re.compile(r'<small class="narrow">.*?</small>')  # what only a phone shows
_CELL_END, _LINE_END = re.compile(r"</(?:td|th|dt)>"), re.compile(r"</(?:address|p|h1|h2|tr|dd|div|li)>|<(?:br|small\b[^>]*)>")
_TAG = re.compile(r"<[^>]+>")


def codes_view(codes: Iterable[Mapping[str, Any]]) -> View:
    """Return how often codes were used.

    Args:
        codes: The codes of `GET /admin/codes`.
    """
    rows = [
        (code["code"], code["state"], str(code["used"]), str(code["held"]), str(code["most_uses"] or "no limit"))
        for code in codes
    ]
    return grid("The codes", ("code", "state", "used", "held by open checkouts", "most uses"), rows)


def faults_view(quotes: Mapping[str, Exchange]) -> View:
    """Return why codes do not hold.

    Args:
        quotes: The answers of `POST /quote` by what is wrong with the code.
    """
    answers = {what: exchange.json["code"] for what, exchange in quotes.items()}
    rows = [(what, answer["fault"], answer["detail"]) for what, answer in answers.items()]
    return grid("Codes that do not hold", ("what is wrong", "fault", "to the buyer"), rows)


def buyer_view(order: Order) -> View:
    """Return who bought an order, with the e-mail addresses masked.

    Args:
        order: The order, read with its buyer.
    """
    shown = safe_json(buyer_fields(order))
    rows = [(name, _inline(value)) for name, value in shown.items()] if isinstance(shown, Mapping) else []
    return facts(f"Who bought {order.id}", rows)


def _inline(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(str(part) for part in value.values() if part)
    return str(value or "")


def _plain(page: str) -> str:
    """Return the text of a page, a line for each row and paragraph."""
    text = _NARROW.sub("", _HIDDEN.sub("", page))
    text = _TAG.sub("", _LINE_END.sub("\n", _CELL_END.sub("  ", text)))
    lines = (line.strip() for line in unescape(text).splitlines())
    return "\n".join(line for line in lines if line)


def paper_view(exchange: Exchange) -> View:
    """Return a page of the engine as a buyer sees it, and its text.

    Args:
        exchange: The request for the page and the response.
    """
    page = exchange.response.body.decode() if exchange.response else ""
    style = _STYLE.search(page)  # set apart, because its @media would be masked as an address
    linked = _STYLE.sub('<link rel="stylesheet">', page)
    picture = page_view(safe_text(exchange.request.url), linked, style[1] if style else "")
    return View(picture.html, f"{picture.text}{safe_text(_plain(page))}")


def accounts_view(papers: Sequence[Papers]) -> View:
    """Return every document with the tax of each rate, and the sum of all, which is what was paid and not sent back.

    Args:
        papers: Orders with their documents, of one currency.
    """
    booked: list[tuple[str, str, TaxShare]] = []
    for one in papers:
        number = one.order.number
        booked += [(number.text(Series.RECEIPT) if number else "", one.order.total.currency, share) for share in one.shares]
        for document, shares, _ in one.documents:
            sign = -1 if document.series is Series.CREDIT_NOTE else 1
            name = document.number.text(document.series) if document.number else ""
            signed = [share._replace(net_minor=sign * share.net_minor, tax_minor=sign * share.tax_minor) for share in shares]
            booked += [(name, one.order.total.currency, share) for share in signed]
    rows = [
        (name, f"{share.label} {share.rate} %" if share.rate else "no tax", *_amounts([share], currency))
        for name, currency, share in booked
    ]
    rows += [("all", "", *_amounts([share for _, _, share in booked], booked[0][1]))] if booked else []
    return grid("The accounts", ("document", "rate", "net", "tax", "gross"), rows)


def _amounts(shares: Sequence[TaxShare], currency: str) -> tuple[str, str, str]:
    net, tax = sum(share.net_minor for share in shares), sum(share.tax_minor for share in shares)
    return Money(net, currency).display, Money(tax, currency).display, Money(net + tax, currency).display
