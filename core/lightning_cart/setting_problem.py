"""What is wrong with a setting, by its name and never with its value."""

from typing import NamedTuple

NOT_SET = "is not set"


class SettingProblem(NamedTuple):
    """What is wrong with a setting.

    Args:
        name: The setting.
        reason: What is wrong and what to do, as the end of a sentence that begins with the name; never with a value.
    """

    name: str
    reason: str

    def __str__(self) -> str:
        """Return the whole sentence."""
        return f"{self.name} {self.reason}"
