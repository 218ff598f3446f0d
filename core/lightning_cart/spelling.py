"""Finds the name that a misspelt one was probably meant to be. The Worker imports this module only for operators."""

from collections.abc import Iterable

_MIN_PREFIX = 3  # characters of which the rest may be left out, as in `stripe` for `stripe_checkout`


def edit_distance(word: str, other: str) -> int:
    """Return how many letters to insert, leave out, replace or swap with the next one make two words equal."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(word, 1):
        current = [row]
        for column, goal in enumerate(other, 1):
            replaced = last[column - 1] + (letter != goal)
            current.append(min(replaced, last[column] + 1, current[column - 1] + 1))
            if row > 1 and column > 1 and letter == other[column - 2] and word[row - 2] == goal:
                current[column] = min(current[column], before[column - 2] + 1)
        before, last = last, current
    return last[-1]


def closest(word: str, known: Iterable[str]) -> str:
    """Return the known name that is most like a word, or "" if none is.

    Args:
        word: The misspelt name.
        known: All names; of equally similar ones the first is returned.
    """
    names, typed = list(known), word.casefold().replace("-", "_")

    def strangeness(name: str) -> int:
        folded = name.casefold().replace("-", "_")
        shorter, longer = sorted((typed, folded), key=len)
        return 1 if len(shorter) >= _MIN_PREFIX and longer.startswith(shorter) else edit_distance(typed, folded)

    best = min(names, key=strangeness, default="")
    return best if best and strangeness(best) <= max(1, (len(word) + 1) // 3) else ""


def did_you_mean(word: str, known: Iterable[str], otherwise: str = "") -> str:
    """Return the end of a sentence that asks about the closest known name, or `otherwise` if none is close."""
    name = closest(word, known)
    return f"did you mean {name}?" if name else otherwise
