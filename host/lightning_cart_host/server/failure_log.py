"""Logs a failure of repeated work once, because it would fill the log every few seconds."""

from lightning_cart_host.server.log import Log

_ADVICE = "lightning-cart doctor may know why"


class FailureLog:
    """The failures of one kind of repeated work.

    Args:
        log: The log.
        event: The event's name in it.
    """

    def __init__(self, log: Log, event: str) -> None:
        self._log, self._event, self._logged = log, event, ""

    def add(self, error: Exception) -> None:
        """Log the kind of an error, unless it is that of the last failure."""
        kind = type(error).__name__
        if kind != self._logged:
            self._logged = kind
            self._log(self._event, level="error", error=kind, advice=_ADVICE)

    def reset(self) -> None:
        """Record that the work succeeded."""
        self._logged = ""
