"""The result of one check of the doctor."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """The result of one check.

    Args:
        subject: What was checked.
        ok: Whether it is right.
        detail: What was found.
        advice: What to do if it is not right.
    """

    subject: str
    ok: bool
    detail: str
    advice: str = ""

    def view(self) -> dict[str, object]:
        """Return plain JSON values, without advice if nothing has to be done."""
        return {**asdict(self), "advice": "" if self.ok else self.advice}
