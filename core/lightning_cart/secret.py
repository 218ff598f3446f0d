"""A string masked in `repr`, `str` and logs; `reveal()` returns it."""


class Secret:
    """A secret string, never empty, because an empty key would verify forged webhooks.

    Args:
        value: The string to mask.

    Raises:
        ValueError: The value is empty.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        if not value:
            raise ValueError("a secret must not be empty")
        self._value = value

    def reveal(self) -> str:
        """Return the string, to sign or send it."""
        return self._value

    def __repr__(self) -> str:
        return "Secret('…')"

    __str__ = __repr__
