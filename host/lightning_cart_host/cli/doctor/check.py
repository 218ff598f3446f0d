"""The result of one check of the doctor."""

from dataclasses import dataclass
from typing import Literal

type Level = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class Check:
    """The result of one check.

    Args:
        subject: What was checked.
        level: Whether it is right, should be looked at, or has to be corrected.
        detail: What was found.
        advice: What to do if it is not right.
    """

    subject: str
    level: Level
    detail: str
    advice: str = ""

    @property
    def ok(self) -> bool:
        """Whether nothing has to be corrected."""
        return self.level != "fail"

    def view(self) -> dict[str, object]:
        """Return plain JSON values, without advice if nothing has to be done."""
        return {
            "subject": self.subject,
            "ok": self.ok,
            "level": self.level,
            "detail": self.detail,
            "advice": "" if self.level == "ok" else self.advice,
        }


def passed(subject: str, detail: str) -> Check:
    """Return the result of a check that found nothing wrong."""
    return Check(subject, "ok", detail)


def warned(subject: str, detail: str, advice: str) -> Check:
    """Return the result of a check that found something to look at."""
    return Check(subject, "warn", detail, advice)


def failed(subject: str, detail: str, advice: str) -> Check:
    """Return the result of a check that found something to correct."""
    return Check(subject, "fail", detail, advice)
