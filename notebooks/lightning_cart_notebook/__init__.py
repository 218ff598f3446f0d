"""Helpers for the notebooks: a shop that opens in one cell, and views of exchanges, orders and the ledger.

They drive the engine and are not part of it.
"""

from lightning_cart_notebook.display import register_formatters, show
from lightning_cart_notebook.edge import open_edge
from lightning_cart_notebook.exchange import Exchange, Exchanges
from lightning_cart_notebook.notebook_error import NotebookError
from lightning_cart_notebook.opening import open_shop
from lightning_cart_notebook.paper_views import accounts_view, buyer_view, codes_view, faults_view, paper_view
from lightning_cart_notebook.price_views import quote_view, refusals_view, side_by_side, totals_view
from lightning_cart_notebook.quick_checks import check_provider
from lightning_cart_notebook.shop import NotebookShop
from lightning_cart_notebook.status_counts_chart import status_counts_view

__all__ = [
    "Exchange",
    "Exchanges",
    "NotebookError",
    "NotebookShop",
    "accounts_view",
    "buyer_view",
    "check_provider",
    "codes_view",
    "faults_view",
    "open_edge",
    "open_shop",
    "paper_view",
    "quote_view",
    "refusals_view",
    "show",
    "side_by_side",
    "status_counts_view",
    "totals_view",
]

register_formatters()
