"""Finds and reads the folder of the catalogue files."""

import zoneinfo
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from lightning_cart.domain.catalog import Catalog
from lightning_cart.domain.catalog_files import OPTIONAL, REQUIRED, CatalogFiles
from lightning_cart.domain.catalog_mistakes import CatalogError, CatalogMistake
from lightning_cart.domain.catalog_source import CatalogFile
from lightning_cart.errors import ConfigurationError, InvalidSettings
from lightning_cart.providers.strategy import PaymentStrategy
from lightning_cart.settings import valid_base_url
from lightning_cart.usecases.catalog_check import read_checked_catalog
from lightning_cart_host.resources import find_resource
from lightning_cart_host.server.settings_catalogue import allows_private
from lightning_cart_host.server.strategies import installed_strategies

CONFIG = Path("config")  # in the working directory


class CatalogReport(NamedTuple):
    """A catalogue and all that is wrong with it.

    Args:
        catalog: The catalogue, or None if it has mistakes.
        mistakes: Why it is refused.
        warnings: What works otherwise than it seems.
    """

    catalog: Catalog | None
    mistakes: tuple[CatalogMistake, ...] = ()
    warnings: tuple[CatalogMistake, ...] = ()


def find_config(config: Path | None) -> Path:
    """Return the folder of the catalogue files: the given one, else `config` in the working directory.

    Raises:
        ConfigurationError: There is none, or it cannot be read.
    """
    folder = CONFIG if config is None else config
    try:
        missing = [name for name in REQUIRED if not (folder / name).is_file()]
    except OSError as error:
        raise ConfigurationError(f"{folder} cannot be read ({type(error).__name__}): let this user read it") from error
    if missing:
        raise ConfigurationError(
            f"there is no {' and no '.join(missing)} in {folder}: copy the example from {find_resource('config')} and write "
            "what you sell, or name another folder with --config (`lightning-cart demo` needs none)"
        )
    return folder


def _read_files(config: Path) -> CatalogFiles:
    folder = find_config(config)
    found: dict[str, CatalogFile] = {}
    mistakes: list[CatalogMistake] = []
    for name in (*REQUIRED, *OPTIONAL):
        try:
            found[name] = CatalogFile.decode(name, (folder / name).read_bytes())
        except FileNotFoundError:
            continue  # shops without deliveries and taxes have two files
        except CatalogError as error:
            mistakes += error.mistakes
        except OSError as error:
            raise ConfigurationError(
                f"{folder / name} cannot be read ({type(error).__name__}): let this user read it"
            ) from error
    if mistakes:
        raise CatalogError(mistakes)
    return CatalogFiles(*(found[name] for name in REQUIRED), *(found.get(name) for name in OPTIONAL))


def known_public_url(env: Mapping[str, str]) -> str:
    """Return `PUBLIC_URL`, or "" if it is not set or malformed."""
    url = env.get("PUBLIC_URL", "").strip()
    return "" if valid_base_url(url) else url


def _known_settings(env: Mapping[str, str]) -> tuple[str, bool]:
    """Return `PUBLIC_URL`, or "" if it is not known, and whether webhooks may go to private addresses."""
    try:
        private = allows_private(env)
    except InvalidSettings:
        private = True  # told by the checks of the settings
    return known_public_url(env), private


def read_catalog_folder(
    config: Path, strategies: Sequence[type[PaymentStrategy]] | None = None, env: Mapping[str, str] | None = None
) -> tuple[Catalog, list[CatalogMistake]]:
    """Read a folder's catalogue files, and check that what they say can work.

    `products.toml` and `sites.toml` are needed; `shipping.toml` and `taxes.toml` are not.

    Args:
        config: The folder.
        strategies: Those that a site may offer. Default: `installed_strategies()`.
        env: The settings that the sites' pages have to fit. Default: none.

    Returns:
        The catalogue and the warnings about it.

    Raises:
        ConfigurationError: A file cannot be read, or an installed strategy is broken.
        CatalogError: With every mistake in the files.
    """
    known = installed_strategies() if strategies is None else strategies
    public_url, private = _known_settings(env or {})
    files = _read_files(config)
    return read_checked_catalog(files, known, public_url, allow_private=private, timezones=zoneinfo.available_timezones)


def load_catalog(
    config: Path, strategies: Sequence[type[PaymentStrategy]] | None = None, env: Mapping[str, str] | None = None
) -> Catalog:
    """Read the catalogue as `read_catalog_folder` does, without its warnings."""
    return read_catalog_folder(config, strategies, env)[0]


def inspect_catalog(
    config: Path, strategies: Sequence[type[PaymentStrategy]] | None = None, env: Mapping[str, str] | None = None
) -> CatalogReport:
    """Read the catalogue as `read_catalog_folder` does, and return its mistakes instead of raising them.

    Raises:
        ConfigurationError: A file cannot be read, or an installed strategy is broken.
    """
    try:
        catalog, warnings = read_catalog_folder(config, strategies, env)
    except CatalogError as error:
        return CatalogReport(None, error.mistakes, error.warnings)
    return CatalogReport(catalog, warnings=tuple(warnings))
