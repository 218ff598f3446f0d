"""Errors that a notebook shows as one sentence instead of a traceback."""

from collections.abc import Iterator
from contextlib import contextmanager

from lightning_cart.errors import LightningCartError


class NotebookError(Exception):
    """An error that the user can fix. The text says how."""

    def _render_traceback_(self) -> list[str]:
        """Return the lines that IPython prints."""
        return [f"Error: {self}"]


@contextmanager
def one_sentence() -> Iterator[None]:
    """Turn the engine's errors into a `NotebookError` with one sentence.

    Raises:
        NotebookError: The block raised an error of the engine.
    """
    try:
        yield
    except LightningCartError as error:
        sentence = str(error)
        raise NotebookError(sentence[:1].upper() + sentence[1:] + ("" if sentence.endswith((".", "?")) else ".")) from None


def missing_package(module: str, error: ModuleNotFoundError) -> NotebookError:
    """Return the error for a package that is not installed.

    Args:
        module: The part that needs the package, in words.
        error: Python's import error.
    """
    return NotebookError(
        f"{module} needs the package {error.name}, which is not installed: pip install 'lightning-cart[notebooks]'"
    )
