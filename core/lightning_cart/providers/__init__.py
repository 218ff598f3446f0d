"""The payment strategies. To add one, add its folder here and its class to `STRATEGIES`.

They are imported eagerly, so that modules load before the first request and not during it.
"""

from lightning_cart.providers.paypal.checkout import PayPal
from lightning_cart.providers.square.checkout import Square
from lightning_cart.providers.strategy import PaymentStrategy
from lightning_cart.providers.stripe.checkout import StripeCheckout
from lightning_cart.providers.stripe.payment_links import StripeLinks

STRATEGIES: tuple[type[PaymentStrategy], ...] = (StripeCheckout, StripeLinks, PayPal, Square)
