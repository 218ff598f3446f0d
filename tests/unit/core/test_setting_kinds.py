"""What cannot be a key or secret, by its kind: each is refused with a sentence that says what to do, and not with its value."""

import hashlib
from base64 import b64encode, urlsafe_b64encode

import pytest

from lightning_cart.errors import InvalidSettings
from lightning_cart.settings import Setting, read_settings
from lightning_cart.usecases.settings_catalogue import all_settings
from lightning_cart_host.server.sandbox_link import connect_engine
from lightning_cart_sandbox import create_sandbox
from support.app import ENV
from support.builders import STRIPE_KEY
from support.merchants import SIGNING_SECRET
from support.paypal import PAYPAL_ENV
from support.square import SQUARE_ENV

SETTINGS = {setting.name: setting for setting in all_settings()}
SECRETS = [setting.name for setting in all_settings() if setting.min_length]
GOOD = {**ENV, **PAYPAL_ENV, **SQUARE_ENV, "FULFILMENT_SECRET": SIGNING_SECRET}
ENTER_YOUR_OWN = "enter your own value"


def fault(name: str, value: str) -> str:
    """Return what is said of a value, or "" if it is accepted."""
    try:
        read_settings({name: value}, [SETTINGS[name]._replace(optional=False)])
    except InvalidSettings as error:
        return str(error).removeprefix(f"{name} ")
    return ""


def prefix_of(name: str) -> str:
    return next(iter(SETTINGS[name].prefixes), "")


def test_every_secret_is_of_a_kind() -> None:
    assert set(SECRETS) == {setting.name for setting in all_settings() if setting.secret} | {"PAYPAL_CLIENT_ID"}


@pytest.mark.parametrize("name", SECRETS)
def test_the_values_of_the_tests_are_accepted(name: str) -> None:
    assert fault(name, GOOD[name]) == ""


@pytest.mark.parametrize("name", SECRETS)
def test_an_ellipsis_is_still_the_examples(name: str) -> None:
    assert fault(name, f"{GOOD[name]}…") == f"is still the example's …: {ENTER_YOUR_OWN}"
    assert fault(name, f"{prefix_of(name)}...") == f"is still the example's ...: {ENTER_YOUR_OWN}"


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize(
    "fill_in",
    [
        "changeme",
        "change-me",
        "a-changeme-b",
        "your_secret",
        "YOUR-KEY",
        "<your-key>",
        "${KEY}",
        "{{key}}",
        "[key]",
        "replace_with_key",
        "secret_here",
        "placeholder",
    ],
)
def test_a_fill_in_is_none(name: str, fill_in: str) -> None:
    assert fault(name, f"{prefix_of(name)}{fill_in}") == f"is a fill-in of an example: {ENTER_YOUR_OWN}"


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize("filler", ["x" * 64, "0" * 64, "abc" * 20, "." * 2 + "-" * 62])
def test_a_few_characters_again_and_again_are_none(name: str, filler: str) -> None:
    # The whole value of FULFILMENT_SECRET is base64, so most of these are refused for that.
    assert fault(name, f"{prefix_of(name)}{filler}")[:30] in {
        "repeats a few characters as a ",
        "must be whsec_ and the base64 ",
    }


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize("hidden", list("\u200b\ufeff\u00ad\u2060\u3164\0"), ids=ascii)
def test_an_invisible_character_is_named_by_its_place(name: str, hidden: str) -> None:
    value = f"{GOOD[name][:8]}{hidden}{GOOD[name][8:]}"
    assert fault(name, value) == f"has U+{ord(hidden):04X} at character 9, which cannot be seen: copy it again without"


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize("space", [" ", "\t", "\n"])
def test_white_space_inside_is_none(name: str, space: str) -> None:
    assert (
        fault(name, f"{GOOD[name][:9]}{space}{GOOD[name][9:]}")
        == "has a space or a line break inside: copy it again in one piece"
    )


@pytest.mark.parametrize("name", SECRETS)
def test_a_letter_that_is_not_ascii_is_named_by_its_place(name: str) -> None:
    value = f"{GOOD[name][:8]}é{GOOD[name][8:]}"
    assert fault(name, value) == "has U+00E9 at character 9, but has ASCII characters only: copy it again"


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize("quoted", ['"{}"', "'{}'", "“{}”", "{}'", "`{}"])
def test_quotation_marks_around_it_are_not_taken_off(name: str, quoted: str) -> None:
    said = "begins or ends with a quotation mark, which would be part of the value: leave it out"
    assert fault(name, quoted.format(GOOD[name])) == said


@pytest.mark.parametrize("name", SECRETS)
def test_a_part_of_one_is_too_short(name: str) -> None:
    prefix, least = prefix_of(name), SETTINGS[name].min_length
    said = fault(name, GOOD[name][: len(prefix) + least - 1])
    after = f" after {prefix}" if prefix else ""
    malformed = "must be whsec_ and the base64 of 24 to 64 random bytes"
    assert said in {f"must have at least {least} characters{after}: copy all of it", malformed}


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("STRIPE_WEBHOOK_SECRET", "whsec_", "is only the prefix whsec_: copy the whole value"),
        ("FULFILMENT_SECRET", "whsec_", "is only the prefix whsec_: copy the whole value"),
        ("STRIPE_SECRET_KEY", "sk_test_", "is only the prefix sk_test_: copy the whole value"),
        ("STRIPE_SECRET_KEY", "rk_live_", "is only the prefix rk_live_: copy the whole value"),
        ("STRIPE_SECRET_KEY", "pk_live_abcdefghijklmnop", "is a publishable key"),
        ("STRIPE_SECRET_KEY", "whsec_abcdefghijklmnop", "is a webhook's signing secret"),
        ("STRIPE_SECRET_KEY", "abcdefghijklmnopqrstu", "must start with sk_test_ or sk_live_ or rk_test_ or rk_live_"),
        ("STRIPE_WEBHOOK_SECRET", STRIPE_KEY, "is an API key: enter the endpoint's signing secret (whsec_…)"),
        ("STRIPE_WEBHOOK_SECRET", "pk_test_abcdefghijklmnop", "is an API key"),
        ("STRIPE_WEBHOOK_SECRET", "we_1MvtBGHh5qXbfJsC1oZSLhDS", "is the endpoint's id"),
        ("STRIPE_ACCOUNT", "acct_", "is only the prefix acct_: copy the whole value"),
        ("PAYPAL_WEBHOOK_ID", "https://pay.shop.example/webhook/paypal", "is a URL"),
        ("PAYPAL_WEBHOOK_ID", "WH-58D329510W468432D-8HN650336L201105X", "is an event's id"),
        ("SQUARE_ACCESS_TOKEN", "sq0idp-abcdefghijklmnopqrstuv", "is an application's id"),
        ("SQUARE_ACCESS_TOKEN", "sandbox-sq0csb-abcdefghijklmnop", "is an application's secret"),
        ("SQUARE_WEBHOOK_SIGNATURE_KEY", "wbhk_b35f6b3145074cf9ad513610786c19d5", "is the subscription's id"),
        ("SQUARE_WEBHOOK_SIGNATURE_KEY", "https://pay.shop.example/webhook", "is a URL"),
        ("STRIPE_SECRET_KEY", "sk_test_4eC39HqLyjWDarjtT1zdp7dc", "is an example of a documentation"),
        ("FULFILMENT_SECRET", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "is an example of a documentation"),
    ],
)
def test_what_was_copied_instead_is_said(name: str, value: str, said: str) -> None:
    assert fault(name, value).startswith(said)
    assert value.removeprefix(prefix_of(name)) not in fault(name, value) or value in SETTINGS[name].prefixes


@pytest.mark.parametrize("name", [setting.name for setting in all_settings() if not setting.min_length])
def test_other_settings_have_no_invisible_characters_either(name: str) -> None:
    example = SETTINGS[name].example.replace("…", "abc")
    value = f"{example[:3]}\u200b{example[3:]}"
    assert fault(name, value).startswith("has U+200B at character 4, which cannot be seen")


@pytest.mark.parametrize(("wrong", "place"), [("changeme,{}", 1), ("{},changeme", 2), (" {} , changeme ,, short", 2)])
def test_one_of_several_values_that_is_refused_is_named_by_its_place(wrong: str, place: int) -> None:
    count = 3 if "short" in wrong else 2
    said = f"value {place} of {count} is a fill-in of an example: {ENTER_YOUR_OWN}"
    assert fault("RECEIPT_SECRET", wrong.format(GOOD["RECEIPT_SECRET"])) == said


HEX, BYTES = hashlib.sha512(b"real").hexdigest(), hashlib.sha512(b"real").digest()
URL_SAFE = urlsafe_b64encode(BYTES).decode().rstrip("=")
REAL = [
    ("STRIPE_SECRET_KEY", f"sk_test_{HEX[:24]}"),
    ("STRIPE_SECRET_KEY", f"rk_live_51{HEX[:97]}"),
    ("STRIPE_WEBHOOK_SECRET", f"whsec_{URL_SAFE[:32]}"),
    ("STRIPE_WEBHOOK_SECRET", f"whsec_{HEX[:64]}"),  # of Stripe's command line
    ("PAYPAL_CLIENT_ID", f"A{URL_SAFE[:79]}"),
    ("PAYPAL_CLIENT_SECRET", f"E{URL_SAFE[:79]}"),
    ("SQUARE_ACCESS_TOKEN", f"EAAA{URL_SAFE[:60]}"),
    ("SQUARE_ACCESS_TOKEN", f"sandbox-sq0atb-{URL_SAFE[:22]}"),
    ("SQUARE_WEBHOOK_SIGNATURE_KEY", URL_SAFE[:22]),
    ("SQUARE_WEBHOOK_SIGNATURE_KEY", b64encode(BYTES[:16]).decode()),
    ("RECEIPT_SECRET", HEX[:64]),
    ("RECEIPT_SECRET", "correct-horse-battery-staple-and-more"),
    ("ADMIN_TOKEN", b64encode(BYTES[:32]).decode()),
    *(("FULFILMENT_SECRET", f"whsec_{b64encode(BYTES[:size]).decode()}") for size in (24, 32, 64)),
]


@pytest.mark.parametrize(("name", "value"), REAL, ids=[f"{name}-{index}" for index, (name, _) in enumerate(REAL)])
def test_what_providers_and_openssl_make_is_accepted(name: str, value: str) -> None:
    assert fault(name, value) == ""


def test_what_the_sandbox_makes_is_accepted() -> None:
    app = create_sandbox("http://127.0.0.1:8090")
    settings = connect_engine(app.state.sandbox, "https://pay.shop.example/webhook")
    app.state.sandbox.store.close()
    assert {name: said for name, value in settings.items() if (said := fault(name, value))} == {}


def test_a_setting_of_another_distribution_without_a_kind_may_have_lines() -> None:
    own = Setting("OTHER_PRIVATE_KEY", "", "-----BEGIN PRIVATE KEY-----…")
    pem = "-----BEGIN PRIVATE KEY-----\nabc def\n-----END PRIVATE KEY-----"
    assert read_settings({"OTHER_PRIVATE_KEY": pem}, [own]) == {"OTHER_PRIVATE_KEY": (pem,)}
