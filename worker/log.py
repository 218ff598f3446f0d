"""One JSON object a line, which the runtime's log keeps with its time. Nothing that looks like a secret or an e-mail passes."""

import json
from collections.abc import Iterable

from lightning_cart.security.redaction import loggable
from lightning_cart.usecases.fulfil import DeliveryAttempt


def log(event: str, level: str = "info", **facts: object) -> None:
    """Write one line: what happened, how grave it is, and what is known of it."""
    print(json.dumps(loggable({"level": level, "event": event, **facts}), ensure_ascii=False))  # noqa: T201 - this is the log


def log_attempts(attempts: Iterable[DeliveryAttempt]) -> None:
    """Write one line for each try; effects that nobody wants are not told."""
    for attempt in attempts:
        if attempt.has_receiver:
            log("fulfilment", attempt.level, **attempt.log_fields)
