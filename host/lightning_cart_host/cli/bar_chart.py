"""Bars of a chart in the terminal, in eighths of a character if its encoding has them."""

_EIGHTHS = " ▏▎▍▌▋▊▉█"
_FULL, _ASCII = _EIGHTHS[-1], "#"


def has_blocks(encoding: str) -> bool:
    """Return whether an encoding has the characters that bars are made of."""
    try:
        _EIGHTHS.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def bar(value: int, largest: int, width: int, *, blocks: bool = True) -> str:
    """Return the bar of a value. A value above 0 is never empty.

    Args:
        value: At least 0.
        largest: The value whose bar is as long as the width.
        width: In characters.
        blocks: Whether the terminal has block characters; else the bar is of number signs.
    """
    if value <= 0 or largest <= 0 or width <= 0:
        return ""
    eighths = max(1, value * width * 8 // largest)
    if not blocks:
        return _ASCII * max(1, round(eighths / 8))
    return _FULL * (eighths // 8) + _EIGHTHS[eighths % 8].strip()
