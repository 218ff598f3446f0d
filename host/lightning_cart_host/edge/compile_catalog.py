"""Compiles a catalogue into a Python module, so that the Worker neither reads TOML nor checks the catalogue."""

import gzip
import json
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from enum import Enum

from lightning_cart.domain.catalog import Catalog, Input, OpenAmount, Product, Site, Variant
from lightning_cart.domain.money import Money
from lightning_cart.domain.shipping import Method, Shipping, Zone
from lightning_cart.domain.taxes import Taxes, TaxRate
from lightning_cart.errors import ConfigurationError

# What a start and an upload can bear: Cloudflare takes 3 MiB gzipped on the Free plan, with all modules, and 1 second of CPU.
# `make bench-catalogue` measures what a large catalogue costs.
MAX_GZIPPED = 5 * 2**19  # bytes
MAX_SOURCE = 8 * 2**20  # characters
_HEAD = '''"""The catalogue, compiled from the files in config: change those, and build again."""

from lightning_cart.domain.catalog import Catalog, Site
from lightning_cart.domain.money import Money
from lightning_cart.domain.packed_products import PackedProducts
from lightning_cart.domain.shipping import Method, Shipping, Zone
from lightning_cart.domain.taxes import Outside, Taxes, TaxRate

'''


def _named(value: Site | Shipping | Zone | Method | Taxes | TaxRate) -> str:
    """Return a call that makes the value; fields with their defaults are left out."""
    defaults = value._field_defaults
    given = zip(value._fields, value, strict=True)
    arguments = (f"{name}={_code(one)}" for name, one in given if name not in defaults or one != defaults[name])
    return f"{type(value).__name__}({', '.join(arguments)})"


def _code(value: object) -> str:
    """Return a value as Python source."""
    if isinstance(value, Enum):
        return f"{type(value).__name__}.{value.name}"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{_code(key)}: {_code(inner)}' for key, inner in value.items())}}}"
    if isinstance(value, Site | Shipping | Zone | Method | Taxes | TaxRate):
        return _named(value)
    if isinstance(value, tuple):
        return f"({''.join(f'{_code(inner)}, ' for inner in value)})"
    return repr(value)


def _fields(value: Product | Variant | Input) -> dict[str, object]:
    """Return the fields that have not their default."""
    given = zip(value._fields, value, strict=True)
    return {name: _packed(one) for name, one in given if one != value._field_defaults.get(name)}


def _packed(value: object) -> object:
    """Return a value as JSON has it: an amount as its minor units, because the currency is its key."""
    if isinstance(value, Money):
        return value.minor
    if isinstance(value, Variant | Input):
        return _fields(value)
    if isinstance(value, OpenAmount):
        return [bound.minor for bound in value if bound is not None]
    if isinstance(value, Mapping):
        return {key: _packed(inner) for key, inner in value.items()}
    return [_packed(inner) for inner in value] if isinstance(value, tuple) else value


def pack_product(product: Product) -> str:
    """Return what `PackedProducts` reads a product from: JSON in ASCII, without its id."""
    fields = _fields(product)
    del fields["id"]
    return json.dumps(fields, separators=(",", ":"))


def _source(catalog: Catalog, texts: Sequence[str]) -> str:
    """Return the module of a catalogue with its first products.

    Args:
        catalog: The catalogue.
        texts: Its products as `pack_product` packs them; those without one are left out.
    """
    ids = list(catalog.products)[: len(texts)]
    products = f"PackedProducts({'\n'.join(ids)!r}, {'\n'.join(texts)!r})"
    currencies = {site_id: catalog.currencies_of(site_id) for site_id in catalog.sites}
    rest = catalog._replace(currencies=currencies)._asdict()
    arguments = (f"{name}={_code(value)}" for name, value in rest.items() if name != "products" and value is not None)
    return f"{_HEAD}CATALOG = Catalog({products}, {', '.join(arguments)})\n"


def _is_small(source: str) -> bool:
    return len(source) <= MAX_SOURCE and len(gzip.compress(source.encode(), mtime=0)) <= MAX_GZIPPED


def compile_catalog(catalog: Catalog) -> str:
    """Return the source of a module that defines the catalogue as `CATALOG`.

    Raises:
        ConfigurationError: It is too large for a Worker; the error says how many of its products fit.
    """
    texts = [pack_product(product) for product in catalog.products.values()]
    source = _source(catalog, texts)
    if _is_small(source):
        return source
    fitting = bisect_left(range(len(texts)), True, key=lambda count: not _is_small(_source(catalog, texts[:count]))) - 1
    size = f"{len(source) / 2**20:.1f} MiB, gzipped {len(gzip.compress(source.encode(), mtime=0)) / 2**20:.1f} MiB"
    most = f"{MAX_SOURCE / 2**20:.1f} MiB, gzipped {MAX_GZIPPED / 2**20:.1f} MiB"
    advice = (
        f"the first {fitting:,} of them fit: sell the others with a second Worker, or run the engine on a host"
        if fitting > 0
        else "even without products it is too large: shorten the lists of shipping.toml"
    )
    raise ConfigurationError(
        f"the catalogue with its {len(texts):,} products is too large for a Worker ({size}; at most {most}): {advice}"
    )
