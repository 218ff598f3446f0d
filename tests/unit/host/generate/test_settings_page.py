"""The page of settings has every declared setting, with what is refused."""

import pytest

from lightning_cart.settings import Setting
from lightning_cart.usecases.settings_catalogue import all_settings
from lightning_cart_host.generate.settings_page import PAGE, settings_page
from lightning_cart_host.server.settings_catalogue import HOST_SETTINGS
from support import ROOT

TEXT = settings_page()
SETTINGS = list(dict.fromkeys([*all_settings(), *HOST_SETTINGS]))


def entry(name: str) -> str:
    """Return what the page says about one setting, on one line."""
    return " ".join(TEXT.partition(f"\n### `{name}`\n")[2].partition("\n#")[0].split())


def test_the_page_in_the_repository_is_up_to_date() -> None:
    assert (ROOT / PAGE).read_text(encoding="utf-8") == TEXT


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_a_setting_has_its_example_and_whether_it_is_needed(setting: Setting) -> None:
    need = f"Default: `{setting.default}`" if setting.default else "Optional" if setting.optional else "**Required**"
    assert f"- {need}, {'secret' if setting.secret else 'not secret'}" in entry(setting.name)
    assert f"- Example: `{setting.example}`" in entry(setting.name)


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_a_setting_of_several_values_says_so(setting: Setting) -> None:
    assert ("several values" in entry(setting.name)) is setting.multiple


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_only_the_database_is_not_for_a_worker(setting: Setting) -> None:
    assert ("read by host and Worker" not in entry(setting.name)) is (setting.name == "DATABASE")


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_what_is_often_entered_instead_is_told_as_the_engine_tells_it(setting: Setting) -> None:
    assert [told for _, told in setting.mistaken if told not in entry(setting.name)] == []


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("RECEIPT_SECRET", "Its value has at least 32 characters."),
        ("STRIPE_WEBHOOK_SECRET", "Its value begins with `whsec_`, and has at least 16 characters after that."),
        ("STRIPE_ACCOUNT", "Its value begins with `acct_`."),
        ("FULFILMENT_ALLOW_PRIVATE", "Its value must be 1, or left out."),
        ("PUBLIC_URL", "It must not end with a slash."),
    ],
)
def test_a_setting_has_its_rules(name: str, rule: str) -> None:
    assert rule in entry(name)
