"""The configured engine, which every use case works with: catalogue, payment strategies, storage and ports."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from lightning_cart.domain.catalog import Catalog
from lightning_cart.errors import InvalidSettings, NotFound, UnknownStrategy
from lightning_cart.flow import Flow, drive
from lightning_cart.ports import Database, Ports
from lightning_cart.providers import STRATEGIES
from lightning_cart.providers.strategy import PaymentStrategy
from lightning_cart.secret import Secret
from lightning_cart.security.receipt import Receipts
from lightning_cart.setting_values import SettingProblem
from lightning_cart.settings import Setting, as_secrets, read_settings, read_valid
from lightning_cart.storage.attempts import CodeSearch
from lightning_cart.storage.inbox import Inbox
from lightning_cart.storage.leases import Leases
from lightning_cart.storage.orders import OrderStore
from lightning_cart.storage.outbox import Outbox
from lightning_cart.storage.refunds import RefundStore
from lightning_cart.usecases.settings_catalogue import (
    ADMIN_TOKEN,
    ENGINE_SETTINGS,
    FULFILMENT_SETTINGS,
    fulfilment_settings,
    read_secrets,
)
from lightning_cart.usecases.settings_rules import (
    check_modes_of_sites,
    check_one_mode,
    check_shared_values,
    check_webhook_urls,
)

# Groups of settings that are needed together, by their first setting; a strategy's settings are the group of its name.
_ENGINE, _ADMIN, _FULFILMENT = "PUBLIC_URL", "ADMIN_TOKEN", "FULFILMENT_SECRET"


class _EngineSettings(NamedTuple):
    public_url: str
    receipts: Receipts


class Engine:
    """The configured engine.

    Missing settings do not stop start-up; using the affected part raises `InvalidSettings`.

    Args:
        env: Settings by name.
        catalog: The products and sites.
        ports: The adapter's ports.
        strategies: The payment strategies to offer.

    Attributes:
        configured: The strategies whose settings are complete, by name.
    """

    def __init__(
        self,
        env: Mapping[str, str],
        catalog: Catalog,
        ports: Ports,
        strategies: tuple[type[PaymentStrategy], ...] = STRATEGIES,
    ) -> None:
        self.catalog = catalog
        self._use_ports(ports)
        self.has_fulfilment_url = catalog.has_fulfilment_url
        self.strategies = {strategy.name: strategy for strategy in strategies}
        self.configured: dict[str, PaymentStrategy] = {}
        self._missing: dict[str, InvalidSettings] = {}
        own = self._load_group(env, _ENGINE, ENGINE_SETTINGS)
        self._own = _EngineSettings(own["PUBLIC_URL"][0], Receipts(as_secrets(own["RECEIPT_SECRET"]))) if own else None
        fulfilment = self._load_group(env, _FULFILMENT, fulfilment_settings(required=self.has_fulfilment_url))
        self._fulfilment_secrets = as_secrets(fulfilment.get("FULFILMENT_SECRET", ()))
        self._admin_tokens = as_secrets(self._load_group(env, _ADMIN, (ADMIN_TOKEN,)).get(ADMIN_TOKEN.name, ()))
        for strategy in strategies:
            try:
                self.configured[strategy.name] = strategy.from_env(env)
            except InvalidSettings as missing:
                self._missing[strategy.name] = missing
        self._check_together(env)

    def _use_ports(self, ports: Ports) -> None:
        self.ports = ports
        self.orders = OrderStore(ports.database)
        self.codes = CodeSearch(ports.database)
        self.inbox = Inbox(ports.database)
        self.leases = Leases(ports.database)
        self.refunds = RefundStore(ports.database)
        self.outbox = Outbox(ports.database)

    def with_database(self, database: Database) -> "Engine":
        """Return the same engine over another database, such as one that counts statements."""
        engine = object.__new__(Engine)
        engine.__dict__.update(self.__dict__)
        engine._use_ports(self.ports._replace(database=database))
        return engine

    def _load_group(self, env: Mapping[str, str], group: str, settings: Sequence[Setting]) -> dict[str, tuple[str, ...]]:
        """Read one group of settings. If one is missing or malformed, keep the error for later and return nothing."""
        try:
            return read_settings(env, settings)
        except InvalidSettings as missing:
            self._missing[group] = missing
            return {}

    def _check_together(self, env: Mapping[str, str]) -> None:
        """Refuse settings that are right alone and do not fit together. Each rule sees what those before it have left."""
        self._refuse(check_shared_values(read_secrets(env, self.strategies.values())))
        self._refuse(check_one_mode(self.configured.values()))
        if public_url := read_valid(env, ENGINE_SETTINGS[0]):
            self._refuse(check_webhook_urls(env, self.strategies.values(), public_url))
        self._refuse(check_modes_of_sites(self.catalog.sites.values(), self.configured))

    def _refuse(self, problems: Sequence[SettingProblem]) -> None:
        """Close each part of the engine that reads one of these settings, and keep the reasons for later."""
        parts: dict[str, Sequence[Setting]] = {
            _ENGINE: ENGINE_SETTINGS,
            _ADMIN: (ADMIN_TOKEN,),
            _FULFILMENT: FULFILMENT_SETTINGS,
            **{name: strategy.settings for name, strategy in self.strategies.items()},
        }
        for part, settings in parts.items():
            known = self._missing[part].problems if part in self._missing else ()
            names = {setting.name for setting in settings} - {problem.name for problem in known}
            if found := [problem for problem in problems if problem.name in names]:
                self._missing[part] = InvalidSettings.of([*known, *found])
                self.configured.pop(part, None)
        self._own = None if _ENGINE in self._missing else self._own
        self._admin_tokens = () if _ADMIN in self._missing else self._admin_tokens

    def _require_own(self) -> _EngineSettings:
        if self._own is None:
            raise self._missing[_ENGINE]
        return self._own

    @property
    def public_url(self) -> str:
        """The engine's own origin. Raises `InvalidSettings` if it is not set."""
        return self._require_own().public_url

    @property
    def receipts(self) -> Receipts:
        """Signs and checks receipts. Raises `InvalidSettings` if no secret is set."""
        return self._require_own().receipts

    @property
    def admin_tokens(self) -> tuple[Secret, ...]:
        """The operator's tokens, at least one. Raises `InvalidSettings` if none is set."""
        if not self._admin_tokens:
            raise self._missing.get(_ADMIN) or InvalidSettings([ADMIN_TOKEN.name])
        return self._admin_tokens

    @property
    def fulfilment_secrets(self) -> tuple[Secret, ...]:
        """The secrets that sign fulfilment webhooks. Raises `InvalidSettings` if malformed, or required and not set."""
        if _FULFILMENT in self._missing:
            raise self._missing[_FULFILMENT]
        return self._fulfilment_secrets

    def strategy(self, name: str) -> PaymentStrategy:
        """Return a payment strategy by its name.

        Raises:
            UnknownStrategy: It is not in this engine.
            InvalidSettings: Its settings are missing.
        """
        if name not in self.strategies:
            raise UnknownStrategy(name)
        if name not in self.configured:
            raise self._missing[name]
        return self.configured[name]

    def provider(self, name: str) -> PaymentStrategy:
        """Return one strategy of a provider; all of a provider's strategies read the same webhooks.

        Raises:
            NotFound: No provider has this name.
            InvalidSettings: The provider's settings are missing.
        """
        for strategy in self.strategies.values():
            if strategy.provider_name() == name:
                return self.strategy(strategy.name)
        raise NotFound(f"there is no provider of that name: use one of {', '.join(sorted(self.providers))}")

    @property
    def providers(self) -> dict[str, str]:
        """The signature header of each provider, by its name."""
        return {strategy.provider_name(): strategy.signature_header for strategy in self.strategies.values()}

    def problems(self) -> list[SettingProblem]:
        """Return what is missing or refused of the settings that a site needs: one reason for each, without its value."""
        offered = {name for site in self.catalog.sites.values() for name in site.strategies}
        groups = (_ENGINE, _ADMIN, _FULFILMENT, *(name for name in self.strategies if name in offered))
        errors = [self._missing[group] for group in groups if group in self._missing]
        found: dict[str, SettingProblem] = {}
        for problem in (problem for error in errors for problem in error.problems):
            found.setdefault(problem.name, problem)
        return list(found.values())

    def missing_settings(self) -> list[str]:
        """Return the name of every setting that a site needs and that is missing or refused."""
        return [problem.name for problem in self.problems()]

    def now(self) -> int:
        """Return the time in Unix seconds."""
        return int(self.ports.clock())

    async def run[T](self, flow: Flow[T]) -> T:
        """Run a provider's flow over the ports."""
        return await drive(flow, self.ports.send, self.ports.sleep, self.ports.clock)
