"""The states of disputes that all providers share, and which dispute an action decides."""

from collections.abc import Callable, Sequence
from enum import StrEnum

from lightning_cart_sandbox.types import Json


class DisputeState(StrEnum):
    """The state of a dispute. The names that providers give to it differ."""

    OPEN = "open"
    LOST = "lost"
    WON = "won"


_ACTIONS = {
    DisputeState.OPEN: [("dispute_won", "Dispute closes: won"), ("dispute_lost", "Dispute closes: lost")],
    DisputeState.LOST: [("dispute_won", "Win on appeal")],
    DisputeState.WON: [],
}


def list_actions(state: DisputeState) -> list[tuple[str, str]]:
    """Return the name and label of each action on a dispute."""
    return list(_ACTIONS[state])


def find_decidable(
    disputes: Sequence[Json], read_state: Callable[[Json], DisputeState], identifier: str, *, won: bool
) -> Json | None:
    """Return the dispute that an action decides, or `None`.

    Only an open dispute can be lost. An open one can be won, and so can a lost one, on appeal.

    Args:
        disputes: The disputes of a payment, oldest first.
        read_state: Returns the state of a dispute.
        identifier: The id of the dispute; empty means the open one, or else the latest lost one.
        won: Whether the merchant wins.
    """
    named = [one for one in disputes if identifier in {"", one["id"]}]
    for wanted in (DisputeState.OPEN, DisputeState.LOST) if won else (DisputeState.OPEN,):
        found = [one for one in named if read_state(one) is wanted]
        if found:
            return found[-1]
    return None
