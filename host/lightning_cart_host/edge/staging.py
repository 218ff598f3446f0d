"""Stages what is uploaded to Cloudflare: the Worker, the core, PyJWT, and the catalogue compiled to Python.

`python -m lightning_cart_host.edge.staging` writes `build/edge`; wrangler runs it as its build command. A mistake in the
catalogue stops the deploy, because the Worker itself reads no TOML. What is uploaded of each module says `slim`.
"""

import importlib.metadata
import importlib.util
import re
import shutil
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import jwt

from lightning_cart import __version__
from lightning_cart.errors import ConfigurationError, LightningCartError
from lightning_cart.providers import STRATEGIES
from lightning_cart_host.edge.compile_catalog import compile_catalog
from lightning_cart_host.edge.slim import slim
from lightning_cart_host.server.catalog_folder import load_catalog, read_catalog_folder
from lightning_cart_host.server.storefront import missing_files

ROOT = Path(__file__).resolve().parents[3]
STAGED = ROOT / "build" / "edge"
_ENTRY = "entry.py"  # the runtime looks for it at the top
# The Worker imports none of these: the catalogue's reader and checks, what only the command line needs, and of PyJWT its
# command and the client that fetches keys, which would load Python's modules for HTTP and TLS at each start.
_UNUSED = {
    *("accounts.py", "catalog_amounts.py", "catalog_check.py", "catalog_choices.py", "catalog_classes.py"),
    *("catalog_delivery.py", "catalog_faults.py", "catalog_files.py", "catalog_limits.py", "catalog_mistakes.py"),
    *("catalog_pages.py", "catalog_places.py", "catalog_products.py", "catalog_rates.py", "catalog_reach.py"),
    *("catalog_shipping.py", "catalog_sites.py", "catalog_source.py", "catalog_tables.py", "catalog_taxes.py"),
    *("catalog_variants.py", "country_names.py", "toml_positions.py", "toml_syntax.py"),
    *("explain.py", "next_steps.py", "open_work.py", "order_changes.py", "order_filter.py", "order_search.py"),
    *("order_search_statements.py", "refund_preview.py", "help.py", "loop_leases.py", "page_tokens.py", "queue_lengths.py"),
    *("event_model.py", "jwks_client.py", "jwk_set_cache.py"),
}
# The Worker imports each module directly. Without the library's names the upload is 1.5 KiB smaller, and a start cheaper.
_CORE_INIT = f'"""Checkout engine for static storefronts."""\n\n__version__ = "{__version__}"\n'
# Of PyJWT the names that `security/receipt.py` uses.
_JWT_INIT = """from .api_jws import PyJWS
from .api_jwt import decode
from .exceptions import InvalidTokenError
"""


def _modules(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*.py")) if path.name not in _UNUSED)


def _copy(folder: Path, target: Path, paths: Iterable[Path], shorten: Callable[[str], str] = slim) -> None:
    for path in paths:
        place = target / path.relative_to(folder)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(shorten(path.read_text(encoding="utf-8")), encoding="utf-8")


def _vendored() -> Path:
    """Return PyJWT's folder, if its version is the locked one."""
    locked = re.search(r"^pyjwt==(\S+)", (ROOT / "requirements" / "worker.txt").read_text(encoding="utf-8"), re.MULTILINE)
    found = importlib.metadata.version("pyjwt")
    if locked is None or locked[1] != found:
        raise ConfigurationError(f"PyJWT {found} is installed, which is not the locked version: run scripts/setup demo")
    return Path(jwt.__file__).parent


def stage(target: Path, config: Path) -> Path:
    """Write everything that is uploaded into a folder.

    Args:
        target: The folder; its contents are removed first.
        config: The folder of the catalogue files.

    Returns:
        The folder.

    Raises:
        CatalogError: With every mistake in the catalogue; the folder is not changed.
        ConfigurationError: A file cannot be read, or PyJWT's version is not the locked one.
    """
    compiled, vendored = compile_catalog(load_catalog(config, STRATEGIES)), _vendored()  # the Worker has only these
    shutil.rmtree(target, ignore_errors=True)
    worker, core = ROOT / "worker", ROOT / "core"
    _copy(worker, target, [worker / _ENTRY])
    _copy(ROOT, target, (path for path in sorted(worker.glob("*.py")) if path.name != _ENTRY))
    _copy(core, target, _modules(core / "lightning_cart"))
    _copy(vendored.parent, target, _modules(vendored))
    (target / "lightning_cart" / "__init__.py").write_text(_CORE_INIT, encoding="utf-8")
    (target / "jwt" / "__init__.py").write_text(_JWT_INIT, encoding="utf-8")
    (target / "catalog_data.py").write_text(compiled, encoding="utf-8")
    return target


def find_warnings(root: Path) -> list[str]:
    """Return what a deployment of this folder is warned of: by the catalogue, and of its pages that are not uploaded.

    Args:
        root: The folder of `wrangler.toml` and `config`.

    Raises:
        ConfigurationError: A file cannot be read, or the catalogue has mistakes.
    """
    catalog, warnings = read_catalog_folder(root / "config", STRATEGIES)
    settings = tomllib.loads((root / "wrangler.toml").read_text(encoding="utf-8"))
    assets = settings.get("assets", {}).get("directory", "")
    if assets:
        return [*map(str, warnings), *missing_files(catalog, root / assets, adds_html=True)]
    pages = [page for site in catalog.sites.values() for page in site.pages.values() if page.startswith("/")]
    advice = "the Worker serves no pages without [assets] in wrangler.toml: write the pages' whole URLs"
    return [*map(str, warnings), *(f"sites.toml: there is no {page}, because {advice}" for page in pages)]


def stage_offline(target: Path, config: Path) -> Path:
    """Stage what `make edge` runs: the upload, with Cloudflare's Python SDK and the entry for the offline runtime.

    Args:
        target: The folder; its contents are removed first.
        config: The folder of the catalogue files.

    Returns:
        The folder.

    Raises:
        CatalogError: With every mistake in the catalogue; the folder is not changed.
        ConfigurationError: A file cannot be read, PyJWT's version is not the locked one, or the SDK is not installed.
    """
    stage(target, config)
    found = importlib.util.find_spec("workers")
    if found is None or found.origin is None:
        raise ConfigurationError("the SDK of Cloudflare's runtime is not installed: run scripts/setup demo")
    sdk = Path(found.origin).parent
    _copy(sdk.parent, target, _modules(sdk), str)  # it is not uploaded
    shutil.copyfile(ROOT / "worker" / "offline" / "main.py", target / "offline.py")
    return target


if __name__ == "__main__":
    try:
        stage(STAGED, ROOT / "config")
        for warning in find_warnings(ROOT):
            sys.stderr.write(f"warning: {warning}\n")
    except LightningCartError as error:
        sys.exit(str(error))
