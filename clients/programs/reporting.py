"""What each program does here is a step: it passes, or its error is kept. A program prints its steps as lines of JSON."""

import json
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def step(name: str) -> Iterator[None]:
    """Do one step, and print its name, with the error if there is one."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - whatever a program of others raises is its result
        print(json.dumps({"step": name, "error": f"{type(error).__name__}: {error}"}), flush=True)
    else:
        print(json.dumps({"step": name}), flush=True)


def check(seen: object, expected: object) -> None:
    """Raise if a program has not seen what it should."""
    if seen != expected:
        raise AssertionError(f"{seen!r} instead of {expected!r}")
