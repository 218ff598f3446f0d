"""What every use case works with: the catalogue, the ways to pay with their keys, the store, and the ports."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from lightning_cart.domain.catalog import Catalog
from lightning_cart.errors import InvalidSettings, NotFound
from lightning_cart.flow import Flow, drive
from lightning_cart.ports import Ports
from lightning_cart.providers import STRATEGIES
from lightning_cart.providers.strategy import Limits, PaymentStrategy
from lightning_cart.secret import Secret
from lightning_cart.security import standard_webhooks
from lightning_cart.security.receipt import Receipts
from lightning_cart.settings import Setting, as_secrets, min_length, read_settings, valid_base_url
from lightning_cart.storage.orders import OrderStore
from lightning_cart.storage.outbox import Outbox

ENGINE_SETTINGS = (
    Setting(
        "PUBLIC_URL",
        "The engine's own address, as buyers and providers reach it.",
        "https://pay.shop.example",
        secret=False,
        validate=valid_base_url,
    ),
    Setting(
        "RECEIPT_SECRET",
        "Signs the receipts with which a page reads an order's status. Make it with: openssl rand -hex 32.",
        "…32 random characters or more…",
        multiple=True,
        validate=min_length(32),
    ),
)
ADMIN_TOKEN = Setting(
    "ADMIN_TOKEN",
    "Lets an operator refund and cancel over HTTP; without it those routes are shut. Make it with: openssl rand -hex 32.",
    "…32 random characters or more…",
    multiple=True,
    optional=True,
    validate=min_length(32),
)
SETTINGS = (*ENGINE_SETTINGS, ADMIN_TOKEN)
_FULFILMENT = "fulfilment"


def all_settings() -> tuple[Setting, ...]:
    """Every setting that the engine and its ways to pay declare, each once."""
    declared = [*SETTINGS, *standard_webhooks.SETTINGS, *(need for strategy in STRATEGIES for need in strategy.settings)]
    return tuple({need.name: need for need in declared}.values())


class _EngineSettings(NamedTuple):
    public_url: str
    receipts: Receipts


class Engine:
    """Built once, from an environment that may be incomplete: what lacks a key is refused when it is asked for.

    Args:
        env: Settings by name.
        catalog: What can be bought.
        ports: The way to the world.
        register: The ways to pay there are.
    """

    def __init__(
        self,
        env: Mapping[str, str],
        catalog: Catalog,
        ports: Ports,
        register: tuple[type[PaymentStrategy], ...] = STRATEGIES,
    ) -> None:
        self.catalog = catalog
        self.ports = ports
        self.store = OrderStore(ports.database)
        self.outbox = Outbox(ports.database)
        self.has_fulfilment_url = catalog.has_fulfilment_url
        self.strategies = {strategy.name: strategy for strategy in register}
        self.limits: dict[str, tuple[str, Limits]] = {
            strategy.name: (strategy.provider_name(), strategy.limits) for strategy in register
        }
        self._ready: dict[str, PaymentStrategy] = {}
        self._missing: dict[str, InvalidSettings] = {}
        own = self._load_group(env, "", ENGINE_SETTINGS)
        self._own = _EngineSettings(own["PUBLIC_URL"][0], Receipts(as_secrets(own["RECEIPT_SECRET"]))) if own else None
        fulfilment = self._load_group(env, _FULFILMENT, standard_webhooks.settings(required=self.has_fulfilment_url))
        self._fulfilment_secrets = as_secrets(fulfilment.get("FULFILMENT_SECRET", ()))
        self._admin = as_secrets(self._load_group(env, ADMIN_TOKEN.name, (ADMIN_TOKEN,)).get(ADMIN_TOKEN.name, ()))
        for strategy in register:
            try:
                self._ready[strategy.name] = strategy.from_env(env)
            except InvalidSettings as missing:
                self._missing[strategy.name] = missing

    def _load_group(self, env: Mapping[str, str], part: str, settings: Sequence[Setting]) -> dict[str, tuple[str, ...]]:
        """One part's settings, or none of them where one is absent or malformed: that is kept until the part is asked for."""
        try:
            return read_settings(env, settings)
        except InvalidSettings as missing:
            self._missing[part] = missing
            return {}

    @property
    def public_url(self) -> str:
        """Our own origin. Raises `InvalidSettings` where it is not set."""
        return self._need_own().public_url

    @property
    def receipts(self) -> Receipts:
        """Signs and checks receipts. Raises `InvalidSettings` where no secret is set."""
        return self._need_own().receipts

    @property
    def admin_tokens(self) -> tuple[Secret, ...]:
        """Those that an operator may show, at least one. Raises `InvalidSettings` where none is set."""
        if not self._admin:
            raise self._missing.get(ADMIN_TOKEN.name) or InvalidSettings([ADMIN_TOKEN.name])
        return self._admin

    def _need_own(self) -> _EngineSettings:
        if self._own is None:
            raise self._missing[""]
        return self._own

    @property
    def fulfilment_secrets(self) -> tuple[Secret, ...]:
        """What signs the fulfilment webhooks. Raises `InvalidSettings` where it is malformed, or needed and not set."""
        if _FULFILMENT in self._missing:
            raise self._missing[_FULFILMENT]
        return self._fulfilment_secrets

    def strategy(self, name: str) -> PaymentStrategy:
        """A way to pay, by a name of the register.

        Raises:
            InvalidSettings: It has no keys.
        """
        if name not in self._ready:
            raise self._missing[name]
        return self._ready[name]

    def provider(self, name: str) -> PaymentStrategy:
        """Any strategy of a provider: they share its webhooks.

        Raises:
            NotFound: No such provider.
            InvalidSettings: It has no keys.
        """
        for strategy in self.strategies.values():
            if strategy.provider_name() == name:
                return self.strategy(strategy.name)
        raise NotFound(f"there is no provider of that name: use one of {', '.join(sorted(self.providers))}")

    @property
    def providers(self) -> dict[str, str]:
        """Provider name to the header that carries its signatures."""
        return {strategy.provider_name(): strategy.signature_header for strategy in self.strategies.values()}

    def missing_settings(self) -> list[str]:
        """Every setting that the configured sites need and that is absent or malformed."""
        offered = {name for site in self.catalog.sites.values() for name in site.strategies}
        wanted = ("", ADMIN_TOKEN.name, _FULFILMENT, *(name for name in self.strategies if name in offered))
        gaps = [self._missing[part] for part in wanted if part in self._missing]
        return list(dict.fromkeys(name for gap in gaps for name in gap.names))

    def now(self) -> int:
        """Unix seconds."""
        return int(self.ports.clock())

    async def run[T](self, flow: Flow[T]) -> T:
        """Drive a flow over our ports."""
        return await drive(flow, self.ports.send, self.ports.sleep, self.ports.clock)
