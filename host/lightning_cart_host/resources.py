"""Finds the engine's data files, in a checkout of the repository and in an installed wheel."""

from pathlib import Path

from lightning_cart.errors import ConfigurationError

_PACKAGE = Path(__file__).resolve().parent
_ROOTS = (_PACKAGE / "data", _PACKAGE.parents[1])


def find_resource(name: str) -> Path:
    """Return a data folder: `config`, `migrations` or `templates/test-checkout`.

    Args:
        name: Its path below the repository's root.

    Raises:
        ConfigurationError: The folder is missing, so the installation is broken.
    """
    for root in _ROOTS:
        if (root / name).is_dir():
            return root / name
    raise ConfigurationError(f"the folder {name} is missing from this installation: install lightning-cart again")
