"""Products and payment methods as the JSON that pages see."""

from collections.abc import Iterable, Mapping

from lightning_cart.domain.buyer import Destination
from lightning_cart.domain.catalog import Catalog, Input, OpenAmount, Product, Site, UnitPrice, Variant, absolute_url
from lightning_cart.domain.money import Money
from lightning_cart.domain.shares import round_half_up
from lightning_cart.http import Json
from lightning_cart.providers.strategy import Limits, PaymentStrategy

_UNITS = {"m2": "m²", "m3": "m³"}


def _money(money: Money) -> dict[str, object]:
    return {"currency": money.currency, "amount_minor": money.minor, "exponent": money.exponent, "display": money.display}


def _price_of_unit(money: Money, contained: UnitPrice) -> str:
    """Return the price of one kilogram, litre or metre, rounded half up, such as `€12.00 / l`."""
    whole, _, fraction = contained.content.partition(".")
    minor = round_half_up(money.minor * 10 ** len(fraction), int(whole + fraction))
    return f"{Money(minor, money.currency).display} / {_UNITS.get(contained.unit, contained.unit)}"


def _price(money: Money, product: Product) -> Json:
    unit_price = _price_of_unit(money, product.unit_price) if product.unit_price is not None else None
    return {**_money(money), "interval": product.interval, "unit_price": unit_price}


def _lowest_prices(product: Product) -> list[Money]:
    """Return the price in each currency: of a product with variants the lowest of those that can be bought."""
    variants = [variant for variant in product.variants if variant.active]
    offers = [product.prices_of(variant) for variant in variants] or [product.prices]
    return [
        min(prices[code] for prices in offers if code in prices) for code in product.currencies if code not in product.amount
    ]


def _options(variants: Iterable[Variant]) -> list[Json]:
    values: dict[str, dict[str, None]] = {}
    for variant in variants:
        for name, value in variant.options.items():
            values.setdefault(name, {})[value] = None
    return [{"name": name, "values": list(known)} for name, known in values.items()]


def _variant(variant: Variant, product: Product, public_url: str) -> Json:
    return {
        "id": variant.id,
        "options": dict(variant.options),
        "prices": [_price(money, product) for money in product.prices_of(variant).values()],
        "sku": variant.sku or product.sku or None,
        "image": absolute_url(variant.image or product.image, public_url) or None,
        "available": variant.active,
    }


def _input(one: Input) -> Json:
    return {
        "id": one.id,
        "label": one.label,
        "max_length": one.max_length,
        "lines": one.lines,
        "required": one.required,
        "surcharge": [_money(money) for money in one.surcharge.values()],
    }


def _amount(bounds: OpenAmount) -> Json:
    suggested = bounds.suggested
    return {
        "currency": bounds.least.currency,
        "exponent": bounds.least.exponent,
        "least_minor": bounds.least.minor,
        "least": bounds.least.display,
        "most_minor": bounds.most.minor,
        "most": bounds.most.display,
        "suggested_minor": suggested.minor if suggested is not None else None,
        "suggested": suggested.display if suggested is not None else None,
    }


def _product(product: Product, public_url: str, *, delivers: bool) -> Json:
    return {
        "id": product.id,
        "name": product.name,
        "description": product.description,
        "image": absolute_url(product.image, public_url) or None,
        "max_quantity": product.max_quantity,
        "metadata": dict(product.metadata),
        "prices": [_price(money, product) for money in _lowest_prices(product)],
        "options": _options(product.variants),
        "variants": [_variant(variant, product, public_url) for variant in product.variants],
        "inputs": [_input(one) for one in product.inputs],
        "amount": [_amount(bounds) for bounds in product.amount.values()],
        "sku": product.sku or None,
        "categories": list(product.categories),
        "ships": product.ships and delivers,
    }


def products_view(site: Site, catalog: Catalog, public_url: str) -> Json:
    """Return the products that a site sells, with all their prices, and whether these include the shop's own tax."""
    delivers = catalog.shipping is not None
    rate = catalog.taxes.find(Destination(site.home_country)) if catalog.taxes is not None else None
    return {
        "site": site.id,
        "name": site.name,
        "home_country": site.home_country or None,
        "countries": list(site.countries),
        "tax_included": rate.included if rate is not None else None,
        "tax_label": rate.label if rate is not None else None,
        "terms_page": absolute_url(site.terms_page, public_url) or None,
        "privacy_page": absolute_url(site.privacy_page, public_url) or None,
        "products": [_product(product, public_url, delivers=delivers) for product in catalog.products_for(site.id)],
    }


def _limits(limits: Limits, currencies: Iterable[str]) -> Json:
    return {
        "recurring": limits.recurring_lines > 0,
        "mixed": limits.mixed_intervals,
        "lines": limits.lines,
        "recurring_lines": limits.recurring_lines,
        "lifetime": limits.lifetime,
        "cancels": limits.has_cancel_page,
        "delivery": limits.delivery_line is not None,
        "added_tax": limits.tax_line is not None,
        "refused_countries": sorted(limits.refused_countries),
        "currencies": {
            code: {"minimum_minor": limits.min_total(code).minor, "maximum_minor": limits.max_total(code).minor}
            for code in currencies
            if limits.accepts_currency(code)
        },
    }


def strategies_view(site: Site, catalog: Catalog, strategies: Mapping[str, type[PaymentStrategy]]) -> Json:
    """Return a site's payment methods and their limits, in the currencies of its prices."""
    currencies = catalog.currencies_of(site.id)
    views = [
        {
            "name": name,
            "provider": strategies[name].provider_name(),
            "label": strategies[name].label,
            "limits": _limits(strategies[name].limits, currencies),
        }
        for name in site.strategies
    ]
    return {"site": site.id, "default": site.strategies[0], "strategies": views}
