"""Writes the log: one JSON object per line, to which the runtime adds the time. Secrets and e-mail addresses are redacted."""

import json
from collections.abc import Iterable

from lightning_cart.security.redaction import loggable
from lightning_cart.usecases.engine import Engine
from lightning_cart.usecases.fulfil import DeliveryAttempt
from worker.database import NO_BINDING, NoDatabase


def log(event: str, level: str = "info", **fields: object) -> None:
    """Write one line.

    Args:
        event: What happened.
        level: `info`, `warning` or `error`.
        fields: Further keys of the line.
    """
    print(json.dumps(loggable({"level": level, "event": event, **fields}), ensure_ascii=False))  # noqa: T201 - this is the log


def log_problems(engine: Engine) -> None:
    """Write one line per setting or binding that is missing or refused."""
    for problem in [*engine.problems(), *([NO_BINDING] if isinstance(engine.ports.database, NoDatabase) else [])]:
        log("setting", "warning", name=problem.name, reason=problem.reason)


def log_attempts(attempts: Iterable[DeliveryAttempt]) -> None:
    """Write one line per delivery attempt, unless the message has no receiver."""
    for attempt in attempts:
        if attempt.has_receiver:
            log("fulfilment", attempt.level, **attempt.log_fields)
