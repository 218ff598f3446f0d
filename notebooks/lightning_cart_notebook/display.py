"""Registers IPython formatters for the engine's values, so that a cell can end with one."""

import sys
from collections.abc import Callable, Mapping
from typing import Any

from lightning_cart.domain.order import CheckoutSession, Order
from lightning_cart.domain.payment_event import PaymentEvent
from lightning_cart.http import HttpRequest, HttpResponse
from lightning_cart.providers.strategy import CheckoutReading
from lightning_cart_notebook.message_view import whole_request, whole_response
from lightning_cart_notebook.order_view import event_view, order_view, reading_view, session_view
from lightning_cart_notebook.view import View

VIEWS: Mapping[type, Callable[[Any], View]] = {
    HttpRequest: whole_request,
    HttpResponse: whole_response,
    Order: order_view,
    PaymentEvent: event_view,
    CheckoutSession: session_view,
    CheckoutReading: reading_view,
}


def show(value: object) -> View:
    """Return the view of an engine's value, or the representation of any other value."""
    view = next((VIEWS[kind] for kind in type(value).__mro__ if kind in VIEWS), None)
    return view(value) if view else View("", repr(value))


def _html(view: Callable[[Any], View]) -> Callable[[Any], str]:
    return lambda value: view(value)._repr_html_()


def _text(view: Callable[[Any], View]) -> Callable[[Any, Any, bool], None]:
    return lambda value, printer, _cycle: printer.text(view(value).text)


def register_formatters() -> None:
    """Register the views if IPython runs; otherwise do nothing."""
    ipython = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if ipython is None:
        return
    formatters = ipython.display_formatter.formatters
    for kind, view in VIEWS.items():
        formatters["text/html"].for_type(kind, _html(view))
        formatters["text/plain"].for_type(kind, _text(view))
