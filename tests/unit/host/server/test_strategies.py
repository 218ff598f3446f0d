"""Payment strategies of installed distributions: how they are found, used, and refused if they are broken."""

import asyncio
import json
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest

from lightning_cart.errors import ConfigurationError
from lightning_cart.providers import STRATEGIES
from lightning_cart.providers.stripe.checkout import StripeCheckout
from lightning_cart_host.server import strategies
from lightning_cart_host.server.assembly import open_host
from lightning_cart_host.server.catalog_folder import load_catalog
from lightning_cart_host.server.strategies import installed_strategies

type Install = Callable[..., str]
MODULE = """
from lightning_cart.providers.stripe.checkout import StripeCheckout


class AcornPay(StripeCheckout):
    name = "acorn_pay"
    label = "Acorns"


class Paypal(StripeCheckout):
    name = "paypal"


class Foreign(StripeCheckout):
    name = "foreign"
    signature_header = "x-foreign-signature"


class Free(StripeCheckout):
    name = "free"


class Engine(StripeCheckout):
    name = "engine_pay"

    @classmethod
    def provider_name(cls):
        return "engine"


class Half:
    name = "half"


half = Half()
"""
SITES = """
[sites.grove]
name = "Grove"
success_page = "/thanks.html"
cancel_page = "/cart.html"
default_strategy = "acorn_pay"
"""
PRODUCTS = '[products.oak]\nname = "Oak"\nprices = { USD = "3.00" }\n'


class AcornCheckout(StripeCheckout):
    """A strategy that a program hands over itself."""

    name = "acorn_pay"


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Install a distribution: a module and a `.dist-info` folder with entry points, in a folder on `sys.path`."""
    monkeypatch.setattr(sys, "path", list(sys.path))

    def install_one(entry_point: str, distribution: str = "acorn-pay") -> str:
        folder = tmp_path / distribution
        info = folder / f"{distribution.replace('-', '_')}-1.2.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.2\n")
        (info / "entry_points.txt").write_text(f"[lightning_cart.strategies]\n{entry_point}\n")
        (folder / "acorn_strategies.py").write_text(MODULE)
        sys.path.append(str(folder))
        monkeypatch.setattr(strategies, "entry_points", entry_points)  # `lightning_cart` leaves distributions out
        return str(folder)

    yield install_one
    sys.modules.pop("acorn_strategies", None)


@pytest.fixture
def grove(tmp_path: Path) -> Path:
    """Catalogue files of a site that offers the distribution's strategy."""
    folder = tmp_path / "grove"
    folder.mkdir()
    (folder / "products.toml").write_text(PRODUCTS)
    (folder / "sites.toml").write_text(SITES)
    return folder


def test_without_distributions_there_are_the_cores_strategies() -> None:
    assert installed_strategies() == STRATEGIES


def test_a_distributions_strategy_comes_after_the_cores(install: Install) -> None:
    install("acorn = acorn_strategies:AcornPay")
    assert [strategy.name for strategy in installed_strategies()] == [*(known.name for known in STRATEGIES), "acorn_pay"]


def offered(env: dict[str, str], config: Path, database: Path, **options: Any) -> tuple[list[str], bool]:
    """Return the names of an open engine's strategies, and whether the last one is configured."""

    async def look() -> tuple[list[str], bool]:
        host = await open_host(env, config, database, **options)
        try:
            names = list(host.app.engine.strategies)
            return names, host.app.engine.strategy(names[-1]).name == names[-1]
        finally:
            await host.close()

    return asyncio.run(look())


def test_an_engine_has_the_strategies_of_distributions(
    install: Install, grove: Path, settings: dict[str, str], tmp_path: Path
) -> None:
    install("acorn = acorn_strategies:AcornPay")
    names, ready = offered(settings, grove, tmp_path / "orders.db")
    assert (names[-1], ready) == ("acorn_pay", True)


def test_an_engine_has_the_strategies_it_is_given_and_no_others(
    install: Install, grove: Path, settings: dict[str, str], tmp_path: Path
) -> None:
    install("broken = nowhere:Nothing")
    assert offered(settings, grove, tmp_path / "orders.db", strategies=[AcornCheckout]) == (["acorn_pay"], True)


@pytest.mark.usefixtures("install")
def test_a_site_cannot_offer_a_strategy_that_is_not_installed(grove: Path) -> None:
    with pytest.raises(ConfigurationError, match="default_strategy"):
        load_catalog(grove)


def test_the_commands_know_the_strategies_of_distributions(install: Install, lightning_cart: Any, grove: Path) -> None:
    assert lightning_cart("catalog", "check", "--config", str(grove))[0] == 1
    install("acorn = acorn_strategies:AcornPay")
    assert lightning_cart("catalog", "check", "--config", str(grove))[0] == 0
    checks = [json.loads(line) for line in lightning_cart("doctor", "--json", "--config", str(grove))[1].splitlines()]
    assert {"STRIPE_SECRET_KEY", "stripe"} <= {check["subject"] for check in checks}
    assert "PAYPAL_CLIENT_ID" not in {check["subject"] for check in checks}


@pytest.mark.parametrize(
    ("entry_point", "sentence"),
    [
        ("oak = oak_strategies:Oak", "strategy oak (oak_strategies:Oak) of acorn-pay cannot be loaded (ModuleNotFoundError: "),
        ("oak = acorn_strategies:Oak", "strategy oak (acorn_strategies:Oak) of acorn-pay cannot be loaded (AttributeError: "),
        ("oak = acorn_strategies:half", "strategy oak (acorn_strategies:half) of acorn-pay is not a class: upgrade acorn-pay"),
        ("oak = acorn_strategies:Half", "of acorn-pay lacks create_checkout, expire_checkout, from_env, label, limits, "),
        ("oak = acorn_strategies:Paypal", "strategy paypal is brought by lightning-cart and by acorn-pay: uninstall acorn-pay"),
        ("oak = acorn_strategies:Free", "strategy free is brought by lightning-cart and by acorn-pay: uninstall acorn-pay"),
        (
            "oak = acorn_strategies:Engine",
            "strategy engine_pay of acorn-pay has the provider name engine, which is the engine's",
        ),
        ("oak = acorn_strategies:Foreign", "expects the webhooks of stripe to be signed in x-foreign-signature, and another "),
    ],
    ids=[
        "no module",
        "no class",
        "an object",
        "no strategy",
        "a name of the core's",
        "free",
        "the engine",
        "a provider of the core's",
    ],
)
def test_a_broken_strategy_is_named_with_its_distribution(
    install: Install, lightning_cart: Any, config: Path, entry_point: str, sentence: str
) -> None:
    install(entry_point)
    status, _, err = lightning_cart("catalog", "check", "--config", str(config))
    assert (status, err.count("\n"), sentence in err) == (2, 1, True), err


def test_the_doctor_reports_a_broken_strategy_beside_its_other_checks(
    install: Install, lightning_cart: Any, config: Path
) -> None:
    install("oak = acorn_strategies:half")
    status, out, _ = lightning_cart("doctor", "--json", "--config", str(config))
    checks = {check["subject"]: check for check in map(json.loads, out.splitlines())}
    assert (status, checks["strategies"]["ok"], "PUBLIC_URL" in checks) == (1, False, True)


def test_two_distributions_cannot_bring_one_name(install: Install) -> None:
    install("acorn = acorn_strategies:AcornPay")
    install("acorn = acorn_strategies:AcornPay", "oak-pay")
    with pytest.raises(ConfigurationError, match="acorn_pay is brought by acorn-pay and by oak-pay: uninstall oak-pay"):
        installed_strategies()


def test_the_worker_is_staged_with_the_cores_strategies_alone(install: Install, grove: Path) -> None:
    install("acorn = acorn_strategies:AcornPay")
    with pytest.raises(ConfigurationError, match="default_strategy"):
        load_catalog(grove, STRATEGIES)
