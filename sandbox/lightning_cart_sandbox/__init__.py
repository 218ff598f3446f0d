"""The provider sandboxes: HTTP APIs, payment pages, signed webhooks and a ledger, in one process.

The sandbox shares no code with the engine that it tests, so that neither hides a mistake of the other.
"""

from lightning_cart_sandbox.app import Sandbox, create_sandbox
from lightning_cart_sandbox.chaos.dial import Chaos
from lightning_cart_sandbox.state_lock import StateInUse

__all__ = ["Chaos", "Sandbox", "StateInUse", "create_sandbox"]
