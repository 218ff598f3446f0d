"""Reads `config/products.toml` and `config/sites.toml`, and reports every mistake in them at once.

The Worker does not import this module. Its catalogue is compiled at build time, so a mistake stops the deployment.
"""

import re
import tomllib
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple, cast

from lightning_cart.domain.catalog import Catalog, Interval, Product, Site
from lightning_cart.domain.metadata import read_metadata
from lightning_cart.domain.money import Money
from lightning_cart.domain.text import is_plain_text
from lightning_cart.errors import ConfigurationError, InvalidField, MoneyError
from lightning_cart.urls import is_https_or_loopback

PRODUCTS = "products.toml"
SITES = "sites.toml"
MAX_QUANTITY = 999_999  # Stripe: adjustable_quantity.maximum, the limit that every provider accepts
MAX_NAME = 127  # PayPal: items[].name
MAX_DESCRIPTION = 2000
MAX_URL = 2048
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", re.ASCII)
_PATH = re.compile(r"/(?!/)[A-Za-z0-9._~/%-]*(\?[A-Za-z0-9._~/%=&-]*)?", re.ASCII)
# Stripe: statement descriptors. Ten characters fit after any account's own prefix.
_DESCRIPTOR = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 ]{1,10}", re.ASCII)


class CatalogMistake(NamedTuple):
    """One mistake in a catalogue file: where it is, and what to write instead."""

    file: str
    table: str
    key: str
    reason: str

    def __str__(self) -> str:
        path = ".".join(part for part in (self.table, self.key) if part)
        return f"{self.file}: {path}: {self.reason}" if path else f"{self.file}: {self.reason}"


class CatalogError(ConfigurationError):
    """Every mistake in the catalogue files.

    Args:
        mistakes: In the order of the files; at least one.
    """

    def __init__(self, mistakes: Sequence[CatalogMistake]) -> None:
        super().__init__("\n".join(map(str, mistakes)))
        self.mistakes = tuple(mistakes)


def _is_page(value: object) -> bool:
    if not is_plain_text(value, MAX_URL):
        return False
    text = str(value)
    return "#" not in text and (_PATH.fullmatch(text) is not None or is_https_or_loopback(text))


def _is_fulfilment_url(value: object) -> bool:
    return is_plain_text(value, MAX_URL) and "#" not in str(value) and is_https_or_loopback(str(value))


def _is_origin(value: object) -> bool:
    return isinstance(value, str) and is_https_or_loopback(value) and re.fullmatch(r"https?://[^/?#A-Z]+", value) is not None


class _Table:
    """One table of a file. Reading a key removes it; an invalid value adds a mistake and becomes its default."""

    def __init__(self, file: str, name: str, table: Mapping[str, object], mistakes: list[CatalogMistake]) -> None:
        self.file, self.name, self.table, self.mistakes = file, name, dict(table), mistakes

    def add_mistake(self, key: str, reason: str) -> None:
        self.mistakes.append(CatalogMistake(self.file, self.name, key, reason))

    def take[T](self, key: str, default: T, accept: Callable[[object], bool], reason: str, *, required: bool = False) -> T:
        if key not in self.table:
            if required:
                self.add_mistake(key, f"is missing: {reason}")
            return default
        value = self.table.pop(key)
        if not accept(value):
            self.add_mistake(key, reason)
            return default
        return cast("T", value)  # `accept` has checked the type

    def take_name(self) -> str:
        reason = f"must be a string of 1 to {MAX_NAME} characters"
        return self.take("name", "", lambda value: is_plain_text(value, MAX_NAME), reason, required=True)

    def take_strings(self, key: str, accept: Callable[[object], bool], reason: str) -> tuple[str, ...]:
        values: list[object] = self.take(key, [], lambda value: isinstance(value, list), f"must be a list: each {reason}")
        for index, value in enumerate(values):
            if not accept(value):
                self.add_mistake(f"{key}[{index}]", reason)
            elif value in values[:index]:
                self.add_mistake(f"{key}[{index}]", "is a repetition")
        return tuple(str(value) for value in values if accept(value))

    def reject_unknown_keys(self) -> None:
        for key in self.table:
            self.add_mistake(key, "is not a known key here")


def _read_prices(table: _Table) -> dict[str, Money]:
    reason = 'must be a table of currency codes and decimal strings, such as prices = { USD = "10.00" }'
    prices: dict[str, Money] = {}
    given: dict[str, object] = table.take(
        "prices", {}, lambda value: isinstance(value, dict) and bool(value), reason, required=True
    )
    for currency, text in given.items():
        if not isinstance(text, str):
            table.add_mistake(f"prices.{currency}", 'must be a decimal string in quotation marks, such as "10.00"')
            continue
        try:
            price = Money.parse(text, currency)
        except MoneyError as error:
            table.add_mistake(f"prices.{currency}", str(error))
            continue
        if price.minor <= 0:
            table.add_mistake(f"prices.{currency}", "must be above zero")
        prices[currency] = price
    return prices


def _read_product(product_id: str, table: _Table, site_ids: Collection[str]) -> Product:
    def quantity(value: object) -> bool:
        return type(value) is int and 1 <= value <= MAX_QUANTITY

    metadata: dict[str, str] = {}
    try:
        metadata = read_metadata(table.table.pop("metadata", None), "metadata")
    except InvalidField as error:
        table.add_mistake(error.field, error.reason)
    interval = table.take("interval", "", lambda value: value in tuple(Interval), 'must be "week", "month" or "year"')
    product = Product(
        id=product_id,
        name=table.take_name(),
        prices=_read_prices(table),
        description=table.take(
            "description",
            "",
            lambda value: is_plain_text(value, MAX_DESCRIPTION),
            f"must be a string of 1 to {MAX_DESCRIPTION} characters on one line, or left out",
        ),
        image=table.take("image", "", _is_page, "must be an https URL or a path such as /mug.png"),
        interval=Interval(interval) if interval else None,
        max_quantity=table.take("max_quantity", 99, quantity, f"must be a whole number from 1 to {MAX_QUANTITY}"),
        sites=table.take_strings("sites", lambda value: value in tuple(site_ids), f"must be the id of a site in {SITES}"),
        active=table.take("active", True, lambda value: type(value) is bool, "must be true or false"),
        metadata=metadata,
    )
    table.reject_unknown_keys()
    return product


def _read_site(site_id: str, table: _Table, strategies: Collection[str]) -> Site:
    known = f"must be one of: {', '.join(strategies)}"
    page = "must be an https URL (http on a loopback host), or a path on the engine's own origin, such as /success.html"
    default = table.take("default_strategy", "", lambda value: value in tuple(strategies), known, required=True)
    offered = table.take_strings("strategies", lambda value: value in tuple(strategies), known)
    site = Site(
        id=site_id,
        name=table.take_name(),
        success_page=table.take("success_page", "", _is_page, page, required=True),
        cancel_page=table.take("cancel_page", "", _is_page, page, required=True),
        strategies=tuple(dict.fromkeys((default, *offered))),
        origins=table.take_strings(
            "origins", _is_origin, "must be an origin in lower case without a path, such as https://shop.example"
        ),
        statement_descriptor_suffix=table.take(
            "statement_descriptor_suffix",
            "",
            lambda value: isinstance(value, str) and _DESCRIPTOR.fullmatch(value) is not None,
            "must be 1 to 10 letters, digits or spaces, with at least one letter",
        ),
        fulfilment_url=table.take(
            "fulfilment_url",
            "",
            _is_fulfilment_url,
            "must be an https URL (http on a loopback host), such as https://shop.example/hook",
        ),
        fulfilment_email=table.take("fulfilment_email", False, lambda value: type(value) is bool, "must be true or false"),
    )
    if site.fulfilment_email and not site.fulfilment_url:
        table.add_mistake("fulfilment_email", "has no effect without a valid fulfilment_url")
    table.reject_unknown_keys()
    return site


def _read_tables(file: str, text: str, kind: str, mistakes: list[CatalogMistake]) -> dict[str, _Table]:
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        mistakes.append(CatalogMistake(file, "", "", f"is not TOML: {error}"))
        return {}
    mistakes.extend(
        CatalogMistake(file, "", key, f"is not a known table here: use [{kind}.ID]") for key in document if key != kind
    )
    entries = document.get(kind, {})
    if not isinstance(entries, dict) or not entries:
        mistakes.append(CatalogMistake(file, kind, "", f"has no entry: add at least one table [{kind}.ID]"))
        return {}
    tables = {}
    for entry_id, table in entries.items():
        name = f"{kind}.{entry_id}"
        if not _ID.fullmatch(entry_id):
            mistakes.append(CatalogMistake(file, name, "", "an id has 1 to 64 letters, digits, '_', '-' or '.'"))
        elif not isinstance(table, dict):
            mistakes.append(CatalogMistake(file, name, "", f"must be a table: [{name}]"))
        else:
            tables[entry_id] = _Table(file, name, table, mistakes)
    return tables


def parse_catalog(products: str, sites: str, strategies: Collection[str]) -> Catalog:
    """Read both catalogue files.

    Args:
        products: The content of `products.toml`.
        sites: The content of `sites.toml`.
        strategies: The names of the payment strategies that a site may offer.

    Raises:
        CatalogError: The files have mistakes; the error has all of them.
    """
    mistakes: list[CatalogMistake] = []
    site_tables = _read_tables(SITES, sites, "sites", mistakes)
    product_tables = _read_tables(PRODUCTS, products, "products", mistakes)
    catalog = Catalog(
        products={key: _read_product(key, table, site_tables) for key, table in product_tables.items()},
        sites={key: _read_site(key, table, strategies) for key, table in site_tables.items()},
    )
    if mistakes:
        raise CatalogError(mistakes)
    return catalog
