"""Compiles a catalogue into a Python module, so that the Worker neither reads TOML nor checks the catalogue."""

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum

from lightning_cart.domain.catalog import Catalog

_HEAD = '''"""The catalogue, compiled from products.toml and sites.toml: change those, and build again."""

from lightning_cart.domain.catalog import Catalog, Interval, Product, Site
from lightning_cart.domain.money import Money

CATALOG = '''


def _arguments(value: object) -> Iterator[str]:
    for field in fields(value):  # type: ignore[arg-type] # called with dataclasses only
        given = getattr(value, field.name)
        default = field.default_factory() if field.default_factory is not MISSING else field.default
        if given != default:
            yield f"{field.name}={_code(given)}"


def _code(value: object) -> str:
    """Return a value as Python source."""
    if isinstance(value, Enum):
        return f"{type(value).__name__}.{value.name}"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{_code(key)}: {_code(inner)}' for key, inner in value.items())}}}"
    if isinstance(value, tuple):
        return f"({''.join(f'{_code(inner)}, ' for inner in value)})"
    if is_dataclass(value):
        return f"{type(value).__name__}({', '.join(_arguments(value))})"
    return repr(value)


def compile_catalog(catalog: Catalog) -> str:
    """Return the source of a module that defines the catalogue as `CATALOG`."""
    return f"{_HEAD}{_code(catalog)}\n"
