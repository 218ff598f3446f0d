"""Connecting an engine to a sandbox: each provider's webhook URL, and the engine's settings."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lightning_cart.errors import ConfigurationError
from lightning_cart_host.server.sandbox_link import connect_engine, webhook_addresses
from lightning_cart_host.server.sandbox_server import open_sandbox
from lightning_cart_sandbox import create_sandbox

NAMES = ("stripe", "paypal", "square")
ENGINE = "http://127.0.0.1:8080/webhook"


@pytest.fixture
def sandbox() -> Iterator[Any]:
    made = create_sandbox("http://127.0.0.1:8090").state.sandbox
    yield made
    made.store.close()


def test_an_engines_address_connects_every_provider_below_it() -> None:
    assert webhook_addresses(ENGINE, NAMES) == {name: f"{ENGINE}/{name}" for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_an_address_that_ends_in_a_providers_name_connects_that_one_alone(name: str) -> None:
    assert webhook_addresses(f"{ENGINE}/{name}", NAMES) == {name: f"{ENGINE}/{name}"}


@pytest.mark.parametrize("webhook", ["ftp://127.0.0.1/webhook", "http://shop.example/webhook", f"{ENGINE}/", f"{ENGINE}?x=1"])
def test_an_address_that_nobody_can_call_is_refused(webhook: str) -> None:
    with pytest.raises(ConfigurationError, match="the URL of --webhook must"):
        webhook_addresses(webhook, NAMES)


def test_an_engine_is_told_the_settings_of_every_provider(sandbox: Any) -> None:
    settings = connect_engine(sandbox, ENGINE)
    assert {name.partition("_")[0].lower() for name in settings} == set(sandbox.providers)
    assert settings["SQUARE_WEBHOOK_URL"] == f"{ENGINE}/square"


def test_an_engine_is_told_of_the_one_provider_that_it_works_with(sandbox: Any) -> None:
    settings = connect_engine(sandbox, f"{ENGINE}/paypal")
    assert {name.partition("_")[0] for name in settings} == {"PAYPAL"}


def test_a_secret_that_was_chosen_is_the_only_one_that_signs(sandbox: Any) -> None:
    for secret in ("whsec_first", "whsec_second"):
        assert connect_engine(sandbox, ENGINE, secret)["STRIPE_WEBHOOK_SECRET"] == secret
    (endpoint,) = sandbox.store.find("webhook_endpoint")
    assert (endpoint["url"], endpoint["_secrets"]) == (f"{ENGINE}/stripe", ["whsec_second"])


def test_a_secret_that_nobody_signs_with_is_refused(sandbox: Any) -> None:
    with pytest.raises(ConfigurationError, match="--webhook-secret is for stripe alone"):
        connect_engine(sandbox, f"{ENGINE}/square", "whsec_x")


@pytest.mark.parametrize("name", ["stripe", "paypal", "square"])
def test_a_sandbox_that_starts_again_gives_the_same_settings(name: str, tmp_path: Path) -> None:
    told = []
    for _ in range(2):
        sandbox = create_sandbox("http://127.0.0.1:8090", state=str(tmp_path / "state.db")).state.sandbox
        try:
            told.append(connect_engine(sandbox, f"{ENGINE}/{name}"))
        finally:
            sandbox.store.close()
    assert told[0] == told[1]


def test_a_state_file_of_another_sandbox_is_named_with_what_to_do(tmp_path: Path) -> None:
    state = str(tmp_path / "state.db")
    first, _ = open_sandbox("http://127.0.0.1:8090", state, "")
    with pytest.raises(ConfigurationError, match="stop that one, or name another file with --state"):
        open_sandbox("http://127.0.0.1:8091", state, "")
    first.state.sandbox.store.close()
