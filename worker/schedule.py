"""What a scheduled run does: one kind of work, in turn by the minute, so that a run stays within D1's limit of queries."""

from enum import StrEnum

# Limits of one run. The Free plan allows 50 D1 queries per invocation, and each statement of a batch is counted here.
STATEMENTS_PER_RUN = 45
STATEMENTS_AFTER_ANSWER = 28  # for deliveries beside the statements of the request, whose invocation it is
DELIVERIES_PER_RUN = 15  # of at least three statements each
ORDERS_PER_RUN = 6
PARKED_EVENTS_PER_RUN = 50


class Work(StrEnum):
    """One kind of scheduled work, in the order in which they take turns."""

    DELIVER = "deliver"
    RECONCILE = "reconcile"
    TIDY = "tidy"


_TURNS = tuple(Work)


def choose_work(now: int) -> Work:
    """Return the kind of work of the minute that a time in Unix seconds is in."""
    return _TURNS[now // 60 % len(_TURNS)]
