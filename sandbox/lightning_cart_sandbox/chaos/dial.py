"""The chaos dial: how often a fault hits a webhook, an API call or a buyer's return, and which fault it is.

A dial is a value. What it decides depends only on its seed and on a number: the first webhook, the second call. So the same
seed with the same purchases causes the same faults.
"""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Self


class Fault(StrEnum):
    """A fault, named as its rate on the dial is."""

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
    Fault.REORDER: "A webhook waits one second, so that later ones overtake it.",
    Fault.DELAY: "A webhook is delayed by up to `late` seconds.",
    Fault.DROP: "A webhook is never sent.",
    Fault.STALE_TIMESTAMP: "The first attempt of a webhook has a signature from one hour ago, if the time is signed.",
    Fault.WRONG_SECRET: "The first attempt of a webhook has a wrong signature.",
    Fault.EARLY_EVENT: "The webhook about a call's result arrives before the response to the call.",
    Fault.SERVER_ERROR: "A call gets 500 and does nothing; its retry works.",
    Fault.RATE_LIMIT: "A call gets 429 with Retry-After and does nothing; its retry works.",
    Fault.LOST_ANSWER: "A call does its work, and its response is lost.",
    Fault.EARLY_RETURN: "The buyer returns before the first webhook: webhooks are delayed by two seconds.",
    Fault.NO_RETURN: "The buyer pays, and closes the window instead of returning to the shop.",
}
"""The description of each fault."""

SETTINGS: Mapping[str, str] = {
    "seed": "Selects what is hit.",
    "speed": "Divides the waits between attempts and the delays of webhooks.",
    "late": "Maximum delay of a webhook, in seconds.",
    "hold": "Seconds until a caller that waits for a lost response gets 504.",
}
"""The description of each setting that is no rate."""

DELIVERY = (Fault.DUPLICATE, Fault.REORDER, Fault.DELAY, Fault.DROP, Fault.STALE_TIMESTAMP, Fault.WRONG_SECRET)
CALL = (Fault.EARLY_EVENT, Fault.SERVER_ERROR, Fault.RATE_LIMIT, Fault.LOST_ANSWER)
PAGE = (Fault.EARLY_RETURN, Fault.NO_RETURN)
"""A webhook, a call or a posted form is hit by one fault at most."""

_MAX = 1e9  # seconds, or times: JSON has no infinity
_LIMITS = {"speed": (1.0, _MAX), "late": (0.0, _MAX), "hold": (0.0, _MAX)}
_RATE = (0.0, 1.0)
_ROUNDING_ERROR = 1e-8  # of a sum of decimal fractions


@dataclass(frozen=True, slots=True)
class Chaos:
    """The rate of each fault, from 0 to 1, and a few settings.

    Attributes:
        seed: Selects what is hit.
        duplicate: Share of webhooks; `FAULTS` describes this and the other faults.
        reorder: The same.
        delay: The same.
        drop: The same.
        stale_timestamp: The same.
        wrong_secret: The same.
        early_event: Share of calls.
        server_error: The same.
        rate_limit: The same.
        lost_answer: The same.
        early_return: Share of the buyers who are redirected to the shop.
        no_return: The same.
        speed: The factor by which the waits between attempts, and the delays of webhooks, are shortened. At 5000, three days
            take less than a minute.
        late: The maximum delay of a webhook in seconds, before `speed` shortens it.
        hold: Seconds after which a caller that still waits for a lost response gets 504.

    Raises:
        ValueError: A value is out of its bounds, or the rates of one group add up to more than 1.
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
                raise ValueError(
                    f"the rates of {', '.join(group)} add up to more than 1, but only one of them can happen: lower them"
                )

    @classmethod
    def from_mapping(cls, values: Mapping[str, object]) -> Self:
        """Return the dial for names and values; values are numbers or strings.

        Raises:
            ValueError: A name is unknown, or a value is invalid.
        """
        kinds = {one.name: int if one.name == "seed" else float for one in fields(cls)}
        if unknown := [name for name in values if name not in kinds]:
            raise ValueError(f"{unknown[0]} is no fault and no setting: use {', '.join(kinds)}")
        read: dict[str, int | float] = {}
        for name, value in values.items():
            try:
                read[name] = kinds[name](str(value))
            except ValueError as error:
                raise ValueError(f"{name} must be a number, not {value!r}") from error
        return cls(**read)  # type: ignore[arg-type]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the dial for a string such as `seed=7 duplicate=0.1`.

        Raises:
            ValueError: The string has another format, or a value is invalid.
        """
        pairs = [part.partition("=") for part in text.split()]
        if bare := [name for name, sign, _ in pairs if not sign]:
            raise ValueError(f"{bare[0]} has no value: write it as in seed=7 duplicate=0.1")
        return cls.from_mapping({name: value for name, _, value in pairs})

    def __str__(self) -> str:
        """Return the string that `parse` reads, without default values."""
        changed = {one.name: getattr(self, one.name) for one in fields(self) if getattr(self, one.name) != one.default}
        return " ".join(f"{name}={value}" for name, value in changed.items())

    def rate(self, fault: Fault) -> float:
        """Return the rate of a fault."""
        return float(getattr(self, fault))

    def is_off(self, group: tuple[Fault, ...]) -> bool:
        """Return whether all rates of a group are 0."""
        return not any(self.rate(fault) for fault in group)

    def fraction(self, *key: object) -> float:
        """Return a number from 0 up to 1 that depends only on the seed and the key."""
        digest = hashlib.sha256(repr((self.seed, *key)).encode()).digest()
        return int.from_bytes(digest[:6]) / 2**48

    def fault_for(self, group: tuple[Fault, ...], number: int) -> Fault | None:
        """Return the fault that hits a webhook, call or posted form, or `None`.

        Args:
            group: `DELIVERY`, `CALL` or `PAGE`.
            number: Its number in the group, counted from 1 since the dial was set.
        """
        point = self.fraction(group[0], number)
        for fault in group:
            point -= self.rate(fault)
            if point < 0:
                return fault
        return None
