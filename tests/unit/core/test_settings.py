"""Settings: values by name, defaults, and errors that name what is wrong."""

import pytest

from lightning_cart.errors import InvalidSettings
from lightning_cart.providers.stripe.config import SETTINGS as STRIPE_NEEDS
from lightning_cart.settings import Setting, has_prefix, read_settings, valid_base_url
from lightning_cart.usecases.settings_catalogue import ADMIN_TOKEN, ENGINE_SETTINGS
from support.app import ENV


def test_settings_are_read_by_name() -> None:
    assert read_settings(ENV, ENGINE_SETTINGS)["PUBLIC_URL"] == ("https://pay.shop.example",)


def test_several_values_are_separated_by_commas_newest_first() -> None:
    need = Setting("KEYS", "", "", multiple=True)
    assert read_settings({"KEYS": " new , old ,"}, [need])["KEYS"] == ("new", "old")


def test_a_default_stands_in() -> None:
    assert read_settings(ENV, STRIPE_NEEDS)["STRIPE_API_BASE"] == ("https://api.stripe.com",)


def test_a_blank_value_is_as_none_and_the_default_stands_in() -> None:
    assert read_settings({"BASE": "  "}, [Setting("BASE", "", "", default="https://x.example")]) == {
        "BASE": ("https://x.example",)
    }


def test_an_error_has_a_reason_for_each_setting() -> None:
    with pytest.raises(InvalidSettings) as caught:
        read_settings({"B": "x"}, [Setting("A", "", ""), Setting("B", "", "", validate=has_prefix("b"))])
    assert caught.value.problems == (("A", "is not set"), ("B", "must start with b"))
    assert str(caught.value) == "A is not set; B must start with b"


def test_an_error_without_reasons_says_that_they_are_not_set() -> None:
    assert InvalidSettings(["A"]).problems == (("A", "is not set"),)
    assert InvalidSettings(["A"], "no such location").problems == (("A", "no such location"),)


@pytest.mark.parametrize("url", ["http://pay.example", "HTTP://pay.example/x"])
def test_plain_http_on_a_public_host_is_refused_with_the_reason(url: str) -> None:
    said = "must start with https://: over http, anybody in between can read and change it (http is for loopback hosts only)"
    assert valid_base_url(url) == said


def test_a_url_with_letters_of_another_script_says_how_to_write_them() -> None:
    assert valid_base_url("https://bücher.example").startswith("must be in ASCII: write the host as xn--…")


def test_what_is_optional_may_be_left_out_and_then_has_no_value() -> None:
    need = Setting("EXTRA", "", "", optional=True, validate=has_prefix("l"))
    assert (read_settings({}, [need]), read_settings({"EXTRA": "long"}, [need])) == ({"EXTRA": ()}, {"EXTRA": ("long",)})
    with pytest.raises(InvalidSettings, match="EXTRA must start"):
        read_settings({"EXTRA": "x"}, [need])


def test_everything_that_is_missing_or_malformed_is_named_without_its_value() -> None:
    with pytest.raises(InvalidSettings) as caught:
        read_settings({"STRIPE_SECRET_KEY": "pk_test_oops", "STRIPE_WEBHOOK_SECRET": " "}, STRIPE_NEEDS)
    assert caught.value.names == ("STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET")
    assert "oops" not in str(caught.value)


@pytest.mark.parametrize("setting", [one for one in (*ENGINE_SETTINGS, ADMIN_TOKEN, *STRIPE_NEEDS) if one.secret])
def test_an_example_that_was_not_filled_in_is_refused(setting: Setting) -> None:
    with pytest.raises(InvalidSettings, match="still the example's"):
        read_settings({setting.name: setting.example}, [setting])


def test_a_list_of_nothing_is_not_set() -> None:
    with pytest.raises(InvalidSettings, match="KEYS is not set"):
        read_settings({"KEYS": " , "}, [Setting("KEYS", "", "", multiple=True)])


@pytest.mark.parametrize(
    "url", ["https://pay.example", "https://pay.example/cart", "http://127.0.0.1:8080", "http://localhost"]
)
def test_a_good_base_url_has_no_complaint(url: str) -> None:
    assert valid_base_url(url) == ""


@pytest.mark.parametrize(
    "url",
    [
        "http://pay.example",
        "pay.example",
        "https://pay.example/",
        "https://",
        "https://u@pay.example",
        "https://x?y=1",
        "https://[::1",
        "ftp://x",
    ],
)
def test_a_bad_base_url_has_one(url: str) -> None:
    assert valid_base_url(url)


def test_complaints_say_what_would_be_right() -> None:
    assert has_prefix("sk_test_", "sk_live_")("pk_") == "must start with sk_test_ or sk_live_"
    assert has_prefix("a")("ab") == ""
