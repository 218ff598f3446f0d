"""Finds the data files that belong to the engine, in a checkout of the repository and in an installed wheel alike."""

from pathlib import Path

from lightning_cart.errors import ConfigurationError

_PACKAGE = Path(__file__).resolve().parent
_ROOTS = (_PACKAGE / "data", _PACKAGE.parents[1])


def find_resource(name: str) -> Path:
    """A folder of ours: `config`, `migrations` or `templates/test-checkout`.

    Args:
        name: Its path below the repository's root.

    Raises:
        ConfigurationError: It is not there, so the installation is broken.
    """
    for root in _ROOTS:
        if (root / name).is_dir():
            return root / name
    raise ConfigurationError(f"the folder {name} is missing from this installation: install lightning-cart again")
