"""Lightning-Cart: the checkout engine that static storefronts call.

The package is pure: it opens no socket, reads no environment and no clock, and draws no randomness. An adapter hands those in
as `ports`, builds an `App`, and gives it each request.
"""

__version__ = "0.1.0"
