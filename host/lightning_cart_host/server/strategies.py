"""Finds the payment strategies of this installation: the core's own, and those that other distributions bring.

A distribution brings one through an entry point in its `pyproject.toml`:

    [project.entry-points."lightning_cart.strategies"]
    acorn = "acorn_pay.checkout:AcornPay"
"""

from importlib.metadata import EntryPoint, entry_points

from lightning_cart.domain.order import ENGINE, FREE
from lightning_cart.errors import ConfigurationError
from lightning_cart.providers import STRATEGIES
from lightning_cart.providers.strategy import PaymentStrategy

GROUP = "lightning_cart.strategies"
_MEMBERS = {name for name in (*PaymentStrategy.__annotations__, *vars(PaymentStrategy)) if not name.startswith("_")}


def _distribution(entry_point: EntryPoint) -> str:
    return entry_point.dist.name if entry_point.dist else "an unknown distribution"


def _load(entry_point: EntryPoint) -> type[PaymentStrategy]:
    distribution = _distribution(entry_point)
    subject = f"the payment strategy {entry_point.name} ({entry_point.value}) of {distribution}"
    advice = f"upgrade {distribution}, or uninstall it"
    try:
        loaded = entry_point.load()
    except Exception as error:  # importing it runs code of others, which may raise anything
        raise ConfigurationError(f"{subject} cannot be loaded ({type(error).__name__}: {error}): {advice}") from error
    if not isinstance(loaded, type):
        raise ConfigurationError(f"{subject} is not a class: {advice}")
    if missing := sorted(_MEMBERS - set(dir(loaded))):
        raise ConfigurationError(f"{subject} lacks {', '.join(missing)}: {advice}")
    return loaded


def installed_strategies() -> tuple[type[PaymentStrategy], ...]:
    """Return the core's strategies, and then those of installed distributions, sorted by distribution and entry point.

    Raises:
        ConfigurationError: An entry point cannot be loaded or is not a payment strategy, or its name or provider is
            already taken.
    """
    # An order that comes to nothing has a strategy and a provider of these names, which are the engine itself.
    owners = {FREE: "lightning-cart", **{strategy.name: "lightning-cart" for strategy in STRATEGIES}}
    headers = {strategy.provider_name(): strategy.signature_header for strategy in STRATEGIES}
    found = list(STRATEGIES)
    for entry_point in sorted(entry_points(group=GROUP), key=lambda one: (_distribution(one), one.name)):
        strategy, distribution = _load(entry_point), _distribution(entry_point)
        if owner := owners.get(strategy.name):
            raise ConfigurationError(
                f"the payment strategy {strategy.name} is brought by {owner} and by {distribution}: uninstall {distribution}, "
                "or ask its author for another name"
            )
        provider, header = strategy.provider_name(), strategy.signature_header
        if provider == ENGINE:
            raise ConfigurationError(
                f"the payment strategy {strategy.name} of {distribution} has the provider name {ENGINE}, which is the engine's "
                f"own: uninstall {distribution}, or ask its author for another provider name"
            )
        if headers.setdefault(provider, header) != header:
            raise ConfigurationError(
                f"the payment strategy {strategy.name} of {distribution} expects the webhooks of {provider} to be signed in "
                f"{header}, and another strategy in {headers[provider]}: uninstall {distribution}, or ask its author for "
                "another provider name"
            )
        owners[strategy.name] = distribution
        found.append(strategy)
    return tuple(found)
