"""The chaos dial: how often each fault hits a webhook, a call to an API or a buyer's way back, and which one it is this time.

A dial is a value, and what it decides is a pure function of its seed and of a number: the first webhook, the second call. So
the same seed with the same purchases brings the same faults again.
"""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Self


class Fault(StrEnum):
    """What can go wrong, named as the dial's rates are."""

    DUPLICATE = "duplicate"
    REORDER = "reorder"
    DELAY = "delay"
    DROP = "drop"
    STALE_TIMESTAMP = "stale_timestamp"
    WRONG_SECRET = "wrong_secret"  # noqa: S105 - the name of a fault
    EARLY_EVENT = "early_event"
    SERVER_ERROR = "server_error"
    RATE_LIMIT = "rate_limit"
    LOST_ANSWER = "lost_answer"
    EARLY_RETURN = "early_return"
    NO_RETURN = "no_return"


FAULTS: Mapping[Fault, str] = {
    Fault.DUPLICATE: "A webhook is sent twice, at the same time.",
    Fault.REORDER: "A webhook waits a second, so that later ones overtake it.",
    Fault.DELAY: "A webhook comes late: anything up to `late` seconds.",
    Fault.DROP: "A webhook is never sent.",
    Fault.STALE_TIMESTAMP: "The first try of a webhook is signed as of an hour ago, where the time is signed.",
    Fault.WRONG_SECRET: "The first try of a webhook has a signature that does not fit.",
    Fault.EARLY_EVENT: "What a call sets off is reported by webhook before the call is answered.",
    Fault.SERVER_ERROR: "A call is answered 500 and not carried out; the same call is, when it is made again.",
    Fault.RATE_LIMIT: "A call is answered 429 with Retry-After and not carried out; the same call is, when it is made again.",
    Fault.LOST_ANSWER: "A call is carried out, and its answer never comes.",
    Fault.EARLY_RETURN: "The buyer is back before the first webhook: those are held for two seconds.",
    Fault.NO_RETURN: "The buyer does what the page asks, and closes the window instead of going back.",
}
"""Each fault in words."""

DELIVERY = (Fault.DUPLICATE, Fault.REORDER, Fault.DELAY, Fault.DROP, Fault.STALE_TIMESTAMP, Fault.WRONG_SECRET)
CALL = (Fault.EARLY_EVENT, Fault.SERVER_ERROR, Fault.RATE_LIMIT, Fault.LOST_ANSWER)
PAGE = (Fault.EARLY_RETURN, Fault.NO_RETURN)
"""A webhook, a call and a buyer's press of a button each meet one fault at most."""

_LIMITS = {"speed": (1.0, math.inf), "late": (0.0, math.inf), "hold": (0.0, math.inf)}
_RATE = (0.0, 1.0)
_ROUNDING_ERROR = 1e-8  # sums of decimal fractions miss 1 by less


@dataclass(frozen=True, slots=True)
class Chaos:
    """How often each fault is met, from 0 to 1, and three settings beside the rates.

    Attributes:
        seed: Decides who is hit.
        duplicate: Share of webhooks; this and the other faults are told in `FAULTS`.
        reorder: The same.
        delay: The same.
        drop: The same.
        stale_timestamp: The same.
        wrong_secret: The same.
        early_event: Share of calls.
        server_error: The same.
        rate_limit: The same.
        lost_answer: The same.
        early_return: Share of buyers who are sent back to the shop.
        no_return: The same.
        speed: How many times shorter the waits between tries of a webhook are, and those of late ones; at 5000, three days
            pass within a minute.
        late: Seconds that a delayed webhook is late at most, before `speed` makes them shorter.
        hold: Seconds after which a caller whose answer is lost, and who still waits, is told 504.

    Raises:
        ValueError: A rate or setting is out of its bounds, or the rates of one group are more than 1 together.
    """

    seed: int = 0
    duplicate: float = 0.0
    reorder: float = 0.0
    delay: float = 0.0
    drop: float = 0.0
    stale_timestamp: float = 0.0
    wrong_secret: float = 0.0
    early_event: float = 0.0
    server_error: float = 0.0
    rate_limit: float = 0.0
    lost_answer: float = 0.0
    early_return: float = 0.0
    no_return: float = 0.0
    speed: float = 1.0
    late: float = 600.0
    hold: float = 30.0

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            low, high = (-math.inf, math.inf) if name == "seed" else _LIMITS.get(name, _RATE)
            if not low <= value <= high or math.isnan(value):
                raise ValueError(f"{name} must be from {low:g} to {high:g}, not {value:g}")
        for group in (DELIVERY, CALL, PAGE):
            if sum(self.rate(fault) for fault in group) > 1 + _ROUNDING_ERROR:
                raise ValueError(f"the rates of {', '.join(group)} are more than 1 together, and only one of them can happen")

    @classmethod
    def from_mapping(cls, values: Mapping[str, object]) -> Self:
        """Return the dial of names and values, given as numbers or as text.

        Raises:
            ValueError: A name is not known, or a value will not do.
        """
        kinds = {one.name: int if one.name == "seed" else float for one in fields(cls)}
        if unknown := [name for name in values if name not in kinds]:
            raise ValueError(f"{unknown[0]} is not on the dial, which has {', '.join(kinds)}")
        read: dict[str, int | float] = {}
        for name, value in values.items():
            try:
                read[name] = kinds[name](str(value))
            except ValueError as error:
                raise ValueError(f"{name} must be a number, not {value!r}") from error
        return cls(**read)  # type: ignore[arg-type]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the dial of a text such as `seed=7 duplicate=0.1`.

        Raises:
            ValueError: It cannot be read so.
        """
        pairs = [part.partition("=") for part in text.split()]
        if bare := [name for name, sign, _ in pairs if not sign]:
            raise ValueError(f"{bare[0]} has no value: write it as in seed=7 duplicate=0.1")
        return cls.from_mapping({name: value for name, _, value in pairs})

    def __str__(self) -> str:
        """Return the text that `parse` reads, without what is as usual."""
        changed = {one.name: getattr(self, one.name) for one in fields(self) if getattr(self, one.name) != one.default}
        return " ".join(f"{name}={value}" for name, value in changed.items())

    def rate(self, fault: Fault) -> float:
        """Return how often a fault is met."""
        return float(getattr(self, fault))

    def is_off(self, group: tuple[Fault, ...]) -> bool:
        """Return whether nothing can happen to a group."""
        return not any(self.rate(fault) for fault in group)

    def fraction(self, *key: object) -> float:
        """Return a number from 0 up to 1 that depends on the seed and the key alone."""
        digest = hashlib.sha256(repr((self.seed, *key)).encode()).digest()
        return int.from_bytes(digest[:6]) / 2**48

    def fault_for(self, group: tuple[Fault, ...], number: int) -> Fault | None:
        """Return the fault that the webhook, call or press of a number meets, or `None`.

        Args:
            group: `DELIVERY`, `CALL` or `PAGE`.
            number: Which one it is, counted from 1 since the dial was turned.
        """
        point = self.fraction(group[0], number)
        for fault in group:
            point -= self.rate(fault)
            if point < 0:
                return fault
        return None
