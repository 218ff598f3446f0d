"""The steps of a program, and what became of each."""

import json
from dataclasses import dataclass
from enum import StrEnum

# Examples that Stripe refuses, too: a payment without anything to pay for, and a card's number sent by a server.
REFUSED_BY_STRIPE = frozenset({"checkout_sessions_post", "payment_methods_post"})
_NO_ROUTE = ("Unrecognized request URL", "Not Found", "Method Not Allowed")


class Outcome(StrEnum):
    """What became of a step."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_IMITATED = "not imitated"


@dataclass(frozen=True, slots=True)
class Step:
    """What a program did.

    Args:
        name: What it is.
        error: The error that it ended with, or empty.
    """

    name: str
    error: str = ""

    @property
    def outcome(self) -> Outcome:
        """What became of it."""
        if not self.error:
            return Outcome.PASSED
        return Outcome.NOT_IMITATED if "not imitated by this sandbox" in self.error else Outcome.FAILED

    @property
    def fault(self) -> str:
        """What is wrong with the sandbox: it does not know a route of Stripe's, or fails at one that it has; else empty."""
        if any(text in self.error for text in _NO_ROUTE):
            return f"no such route: {self.error}"
        return self.error if self.outcome is Outcome.FAILED and self.name not in REFUSED_BY_STRIPE else ""


def read_steps(printed: str) -> list[Step]:
    """Return the steps that a program has printed as lines of JSON."""
    lines = [json.loads(line) for line in printed.splitlines() if line.startswith("{")]
    return [Step(line["step"], line.get("error", "")) for line in lines]
