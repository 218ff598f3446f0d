"""The ways to pay there are. Adding one is adding its folder here, and its line to `STRATEGIES`.

They are imported eagerly: a module's load is paid before the first request, never inside a buyer's.
"""

from lightning_cart.providers.paypal.checkout import PayPal
from lightning_cart.providers.square.checkout import Square
from lightning_cart.providers.strategy import PaymentStrategy
from lightning_cart.providers.stripe.checkout import StripeCheckout
from lightning_cart.providers.stripe.payment_links import StripeLinks

STRATEGIES: tuple[type[PaymentStrategy], ...] = (StripeCheckout, StripeLinks, PayPal, Square)
