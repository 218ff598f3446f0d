"""What the notebooks stand on: a shop that opens in one cell, and pictures of every exchange, order and ledger.

It is no part of the engine: it only drives it, and shows what comes of that.
"""

from lightning_cart_notebook.crowd_chart import crowd_view
from lightning_cart_notebook.edge import open_edge
from lightning_cart_notebook.exchange import Exchange, Exchanges
from lightning_cart_notebook.judging import judge
from lightning_cart_notebook.opening import open_shop
from lightning_cart_notebook.shop import NotebookShop
from lightning_cart_notebook.showing import register_formatters, show
from lightning_cart_notebook.trouble import NotebookError

__all__ = ["Exchange", "Exchanges", "NotebookError", "NotebookShop", "crowd_view", "judge", "open_edge", "open_shop", "show"]

register_formatters()
