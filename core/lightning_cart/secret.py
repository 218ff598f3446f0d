"""Values that must not be seen: they hide from `repr`, `str` and logs, and come out by `reveal()` only."""


class Secret:
    """A secret text, never empty: an empty key would verify forged webhooks.

    Args:
        value: The secret itself.

    Raises:
        ValueError: The value is empty.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        if not value:
            raise ValueError("a secret must not be empty")
        self._value = value

    def reveal(self) -> str:
        """The secret itself, for the one line that signs or sends it."""
        return self._value

    def __repr__(self) -> str:
        return "Secret('…')"

    __str__ = __repr__
