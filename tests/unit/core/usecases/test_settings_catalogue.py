"""The list of every setting, which examples and the documentation are generated from."""

from lightning_cart.providers import STRATEGIES
from lightning_cart.usecases.settings_catalogue import all_settings


def test_every_setting_of_every_strategy_is_listed_once() -> None:
    names = [setting.name for setting in all_settings()]
    assert len(names) == len(set(names))
    assert {setting.name for strategy in STRATEGIES for setting in strategy.settings} < set(names)
    assert {"PUBLIC_URL", "RECEIPT_SECRET", "ADMIN_TOKEN", "FULFILMENT_SECRET"} < set(names)
