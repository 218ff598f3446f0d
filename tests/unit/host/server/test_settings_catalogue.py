"""The host's own settings: which values they take, and where each is declared."""

import pytest

from lightning_cart.errors import InvalidSettings
from lightning_cart.usecases.settings_catalogue import all_settings
from lightning_cart_host.server.settings_catalogue import DATABASE, HOST_SETTINGS, allows_private


@pytest.mark.parametrize(("value", "allowed"), [("", False), ("1", True), (" 1 ", True)])
def test_only_a_one_allows_private_addresses(value: str, allowed: bool) -> None:
    assert allows_private({"FULFILMENT_ALLOW_PRIVATE": value}) is allowed


def test_any_other_value_is_refused() -> None:
    with pytest.raises(InvalidSettings, match="FULFILMENT_ALLOW_PRIVATE must be 1, or left out"):
        allows_private({"FULFILMENT_ALLOW_PRIVATE": "yes"})


def test_no_setting_is_declared_both_by_the_engine_and_by_the_host() -> None:
    assert {setting.name for setting in HOST_SETTINGS} & {setting.name for setting in all_settings()} == set()


def test_a_database_is_a_secret_because_its_url_has_a_password() -> None:
    assert DATABASE.secret


@pytest.mark.parametrize(
    ("value", "refused"),
    [
        ("lightning-cart.db", False),
        ("C:\\shop\\orders.db", False),
        ("postgresql://shop:word@db/orders", False),
        ("postgres://shop:word@db/orders", False),
        ("mysql://shop:word@db/orders", True),
        ("postgresql+asyncpg://shop:word@db/orders", True),
    ],
)
def test_a_database_is_a_file_or_a_url_of_postgresql(value: str, refused: bool) -> None:
    fault = DATABASE.validate(value)
    assert (bool(fault), "word" in fault) == (refused, False)
