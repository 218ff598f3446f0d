"""Compiles a catalogue into a Python module, so that the Worker neither reads TOML nor checks the catalogue."""

from collections.abc import Mapping
from enum import Enum

from lightning_cart.domain.catalog import Catalog, Product, Site

_HEAD = '''"""The catalogue, compiled from products.toml and sites.toml: change those, and build again."""

from lightning_cart.domain.catalog import Catalog, Interval, Product, Site
from lightning_cart.domain.money import Money

CATALOG = '''


def _named(value: Product | Site | Catalog) -> str:
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
    if isinstance(value, Product | Site | Catalog):
        return _named(value)
    if isinstance(value, tuple):
        return f"({''.join(f'{_code(inner)}, ' for inner in value)})"
    return repr(value)


def compile_catalog(catalog: Catalog) -> str:
    """Return the source of a module that defines the catalogue as `CATALOG`."""
    return f"{_HEAD}{_code(catalog)}\n"
