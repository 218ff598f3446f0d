"""The doctor: each error is found and named, with advice."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lightning_cart.errors import ConfigurationError
from lightning_cart.providers import STRATEGIES
from lightning_cart.usecases.settings_catalogue import ADMIN_TOKEN, ENGINE_SETTINGS, FULFILMENT_SETTINGS, all_settings
from lightning_cart_host.cli.doctor import run
from lightning_cart_host.server.settings_catalogue import ALLOW_PRIVATE
from support.builders import STRIPE_KEY, STRIPE_LIVE_KEY
from support.doctor import CheckedShop, checked_shop
from support.merchants import SIGNING_SECRET

PROVIDERS = ("stripe", "paypal", "square")
KEYS = {"stripe": "STRIPE_SECRET_KEY", "paypal": "PAYPAL_CLIENT_SECRET", "square": "SQUARE_ACCESS_TOKEN"}


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[CheckedShop]:
    with checked_shop(tmp_path) as made:
        yield made


@pytest.fixture
def look(shop: CheckedShop) -> Any:
    """Check the shop with changed settings, and return the checks by subject."""
    return lambda **env: {check.subject: check for check in shop.check(**env)}


def test_a_host_without_errors_passes_every_check(look: Any) -> None:
    findings = look()
    assert [finding for finding in findings.values() if finding.level != "ok"] == []
    assert list(findings) == [
        "Python",
        "catalogue",
        *(setting.name for setting in (*ENGINE_SETTINGS, ADMIN_TOKEN, *FULFILMENT_SETTINGS, ALLOW_PRIVATE)),
        *dict.fromkeys(setting.name for name in PROVIDERS for setting in settings_of(name)),
        "database",
        "loops",
        *(subject for name in PROVIDERS for subject in (name, f"{name} webhook")),
        "clock",
        "running engine",
    ]


def settings_of(provider: str) -> Any:
    return next(strategy.settings for strategy in STRATEGIES if strategy.provider_name() == provider)


def test_an_optional_setting_may_be_left_out(look: Any) -> None:
    finding = look()["PAYPAL_TRUST_ANCHORS"]
    assert (finding.ok, finding.detail) == (True, "not set, and optional")


def test_keys_of_a_provider_that_no_site_offers_are_not_checked(look: Any, shop: CheckedShop) -> None:
    sites = '[sites.shop]\nname = "S"\nsuccess_page = "/a"\ncancel_page = "/b"\ndefault_strategy = "stripe_links"\n'
    (shop.config / "sites.toml").write_text(sites)
    findings = look(PAYPAL_CLIENT_ID="", SQUARE_ACCESS_TOKEN="…")
    assert [subject for subject in findings if subject.lower().startswith(("paypal", "square"))] == []
    assert all(finding.ok for finding in findings.values())


@pytest.mark.parametrize(
    ("name", "value", "detail"),
    [
        ("STRIPE_SECRET_KEY", "", "is not set"),
        (
            "STRIPE_SECRET_KEY",
            "pk_test_public",
            "is a publishable key, which pages may show: enter the secret key beside it (sk_… or rk_…)",
        ),
        ("STRIPE_SECRET_KEY", "sk_test_…", "is still the example's …: enter your own value"),
        ("STRIPE_WEBHOOK_SECRET", "", "is not set"),
        ("RECEIPT_SECRET", "short", "must have at least 32 characters: copy all of it"),
        ("RECEIPT_SECRET", "…32 random characters or more…", "is still the example's …: enter your own value"),
        ("PAYPAL_CLIENT_SECRET", "", "is not set"),
        ("PAYPAL_WEBHOOK_ID", "8PT…", "is still the example's …: enter your own value"),
        ("PAYPAL_TRUST_ANCHORS", "no certificate", "must hold certificates of RSA keys, in PEM"),
        ("SQUARE_WEBHOOK_URL", "pay", "must be the https URL of the webhook, as entered at Square"),
        ("PUBLIC_URL", "https://shop.example?a=b", "must be an https URL without a query (http is for loopback hosts only)"),
    ],
)
def test_a_setting_that_is_wrong_is_named_with_what_to_do(look: Any, name: str, value: str, detail: str) -> None:
    finding = look(**{name: value})[name]
    assert (finding.ok, finding.detail, finding.advice.startswith("set it: ")) == (False, detail, True)


@pytest.mark.parametrize(("key", "detail"), [(STRIPE_KEY, "set (test mode)"), (STRIPE_LIVE_KEY, "set (live: real money)")])
def test_the_mode_of_a_key_is_told_and_not_the_key(look: Any, key: str, detail: str) -> None:
    assert look(STRIPE_SECRET_KEY=key, STRIPE_API_BASE="https://stripe.example")["STRIPE_SECRET_KEY"].detail == detail


@pytest.mark.parametrize(
    ("live", "setting"),
    [
        ({"STRIPE_SECRET_KEY": STRIPE_LIVE_KEY, "STRIPE_API_BASE": ""}, "STRIPE_SECRET_KEY"),
        ({"PAYPAL_API_BASE": ""}, "PAYPAL_API_BASE"),
    ],
)
def test_live_keys_on_a_loopback_address_are_wrong(look: Any, live: dict[str, str], setting: str) -> None:
    finding = look(**live, PUBLIC_URL="http://127.0.0.1:9")["PUBLIC_URL"]
    assert (finding.ok, finding.detail.endswith(f"reached from this machine only, and {setting} is live")) == (False, True)


def test_every_mistake_of_the_catalogue_is_found(look: Any, shop: CheckedShop) -> None:
    (shop.config / "products.toml").write_text("[products.a]\n")
    finding = look()["catalogue"]
    assert (finding.ok, finding.detail.startswith("products.toml:1: products.a")) == (False, True)
    assert finding.advice.endswith("lightning-cart catalog check shows the line")


def test_a_warning_about_the_catalogue_is_one_of_the_doctor(look: Any, shop: CheckedShop) -> None:
    with (shop.config / "products.toml").open("a") as products:
        products.write('[products.club]\nname = "Club"\nprices = { USD = "5.00" }\ninterval = "month"\n')
    finding = look()["catalogue"]
    assert (finding.level, "cannot charge a recurring price" in finding.detail) == ("warn", True)


def test_a_shop_whose_receipts_lack_its_address_is_told(look: Any, shop: CheckedShop) -> None:
    site = '[sites.{}]\nname = "S"\nsuccess_page = "/a"\ncancel_page = "/b"\ndefault_strategy = "stripe_checkout"\n'
    address = 'address = "Calle Mayor 1"\n'
    (shop.config / "sites.toml").write_text("".join(map(site.format, ("shop", "tea", "outlet"))) + address)
    finding = look()["receipts"]
    assert (finding.ok, finding.level) == (True, "warn")
    assert finding.detail == "those of shop and tea do not say the shop's postal address, which most countries ask for"
    assert "address = [" in finding.advice
    assert look()["catalogue"].level == "ok"


def test_a_catalogue_that_is_not_there_is_found(look: Any, shop: CheckedShop) -> None:
    (shop.config / "sites.toml").unlink()
    finding = look()["catalogue"]
    assert (finding.ok, "there is no sites.toml in" in finding.detail) == (False, True)


def test_a_strategy_that_cannot_be_loaded_is_found_and_the_others_are_checked(
    shop: CheckedShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise ConfigurationError("the payment strategy acorn cannot be loaded")

    monkeypatch.setattr(run, "installed_strategies", fail)
    findings = {check.subject: check for check in shop.check(None)}
    assert (findings["strategies"].ok, findings["stripe"].ok) == (False, True)


@pytest.mark.parametrize(("name", "key"), KEYS.items())
def test_a_provider_whose_key_is_missing_is_not_asked(look: Any, name: str, key: str) -> None:
    findings = look(**{key: ""})
    assert [one for one in PROVIDERS if not findings[one].ok] == [name]
    assert findings[name].detail == "not asked, because a setting is missing or wrong"


def test_the_command_ends_with_one_where_anything_is_wrong(lightning_cart: Any) -> None:
    status, out, _ = lightning_cart("doctor")
    assert (status, "-> set it:" in out) == (1, True)


def test_the_findings_are_objects_for_scripts(lightning_cart: Any) -> None:
    _, out, _ = lightning_cart("doctor", "--json")
    findings = [json.loads(line) for line in out.splitlines()]
    assert findings[0]["subject"] == "Python"
    assert [one["advice"] for one in findings if one["level"] == "ok" and one["advice"]] == []


def test_no_check_shows_a_secret(look: Any, shop: CheckedShop) -> None:
    told = str([finding.view() for finding in look().values()])
    secrets = {need.name for need in all_settings() if need.secret}
    assert [name for name, value in shop.env.items() if name in secrets and value in told] == []


@pytest.mark.parametrize(("secret", "ok"), [("", False), ("whsec_short", False), (SIGNING_SECRET, True)])
def test_a_site_with_a_fulfilment_url_needs_a_secret(look: Any, shop: CheckedShop, secret: str, ok: bool) -> None:
    with (shop.config / "sites.toml").open("a") as sites:
        sites.write('fulfilment_url = "https://merchant.example/hook"\n')
    finding = look(FULFILMENT_SECRET=secret)["FULFILMENT_SECRET"]
    assert (finding.ok, secret in finding.detail) == (ok, not secret)


def test_the_operators_token_that_is_not_set_is_a_warning(look: Any) -> None:
    finding = look(ADMIN_TOKEN="")["ADMIN_TOKEN"]
    assert (finding.level, finding.detail.startswith("not set")) == ("warn", True)


@pytest.mark.parametrize(
    ("line", "level", "detail"),
    [
        ("DATABASE=orders.db", "ok", "1 setting"),
        ("NAME: s3cret", "fail", "line 1 is not NAME=value"),
        ("STRIPE_SECRET_KY=s3cret", "fail", "did you mean STRIPE_SECRET_KEY?"),
    ],
)
def test_the_file_of_settings_is_checked(shop: CheckedShop, tmp_path: Path, line: str, level: str, detail: str) -> None:
    (tmp_path / ".env").write_text(line)
    (tmp_path / ".env").chmod(0o600)
    finding = [check for check in shop.check(folder=tmp_path) if check.subject == ".env"][-1]
    assert (finding.level, detail in finding.detail, "s3cret" in str(finding)) == (level, True, False)


def test_settings_that_are_missing_without_a_file_are_told(shop: CheckedShop, tmp_path: Path) -> None:
    (finding,) = [check for check in shop.check(folder=tmp_path, RECEIPT_SECRET="") if check.subject == ".env"]
    assert finding.detail == "there is no .env in this folder, and RECEIPT_SECRET is not set"


def test_the_command_names_a_line_of_the_file_that_is_wrong_and_checks_on(lightning_cart: Any, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("STRIPE_SECRET_KEY: s3cret\n")
    status, out, _ = lightning_cart("doctor", "--json")
    findings = [json.loads(line) for line in out.splitlines()]
    (finding,) = [one for one in findings if one["subject"] == ".env"]
    assert (status, finding["level"], "s3cret" in out, findings[0]["subject"]) == (1, "fail", False, "Python")
