"""What went wrong, in one sentence that says what to do: a notebook shows it in place of a wall of traceback."""

from collections.abc import Iterator
from contextlib import contextmanager

from lightning_cart.errors import LightningCartError


class NotebookError(Exception):
    """Something that the person at the notebook can put right. Its text says how."""

    def _render_traceback_(self) -> list[str]:
        """What IPython prints for it."""
        return [f"Trouble: {self}"]


@contextmanager
def one_sentence() -> Iterator[None]:
    """Turn the engine's own errors, which are sentences already, into trouble.

    Raises:
        Trouble: An error of the engine's came up inside.
    """
    try:
        yield
    except LightningCartError as error:
        sentence = str(error)
        raise NotebookError(sentence[:1].upper() + sentence[1:] + ("" if sentence.endswith((".", "?")) else ".")) from None


def missing_package(module: str, error: ModuleNotFoundError) -> NotebookError:
    """The trouble of a part that is not installed.

    Args:
        module: The part, in words.
        error: What Python said of it.
    """
    return NotebookError(
        f"{module} needs the package {error.name}, which is not installed: pip install 'lightning-cart[notebooks]'"
    )
