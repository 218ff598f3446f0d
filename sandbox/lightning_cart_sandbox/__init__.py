"""The providers' other end: their HTTP APIs, hosted pay pages, signed webhooks and a ledger, in one process.

It shares no code with the engine it is used to test, so that the two can disagree.
"""

from lightning_cart_sandbox.app import Sandbox, create_sandbox
from lightning_cart_sandbox.chaos.dial import Chaos

__all__ = ["Chaos", "Sandbox", "create_sandbox"]
