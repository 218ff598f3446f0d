"""The doctor is rehearsed with keys that the sandbox's providers refuse: wrong, revoked and restricted ones."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lightning_cart_host.cli.doctor.check import Check, failed, passed
from support.builders import PAYPAL_CLIENT_SECRET, SQUARE_TOKEN, STRIPE_KEY
from support.doctor import CheckedShop, checked_shop

SETTINGS = {"stripe": "STRIPE_SECRET_KEY", "paypal": "PAYPAL_CLIENT_SECRET", "square": "SQUARE_ACCESS_TOKEN"}
COPY, RENEW = "copy the key again from the dashboard", "create a new key in the dashboard: this one was revoked or has expired"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[CheckedShop]:
    with checked_shop(tmp_path) as made:
        yield made


def ask(shop: CheckedShop, provider: str, **changes: str) -> Check:
    shop.env |= changes
    (found,) = [check for check in shop.check() if check.subject == provider]
    return found


def test_the_keys_of_the_sandbox_are_accepted(shop: CheckedShop) -> None:
    accepted = [check for check in shop.check() if check.subject in SETTINGS]
    assert accepted == [passed(provider, "reachable, and the key is accepted") for provider in SETTINGS]


@pytest.mark.parametrize(
    ("provider", "key"),
    [("stripe", STRIPE_KEY), ("paypal", PAYPAL_CLIENT_SECRET), ("square", SQUARE_TOKEN)],
    ids=list(SETTINGS),
)
def test_a_wrong_key_is_to_be_copied_again(shop: CheckedShop, provider: str, key: str) -> None:
    check = ask(shop, provider, **{SETTINGS[provider]: key})
    assert check == failed(provider, "answered 401: the key is refused", COPY)


@pytest.mark.parametrize(
    ("provider", "key", "advice"),
    [
        ("stripe", "sk_test_sandbox", RENEW),
        ("paypal", "sandbox-client", COPY),  # PayPal says the same of every client that it does not accept
        ("square", "sandbox-access-token", RENEW),
    ],
    ids=list(SETTINGS),
)
def test_a_revoked_key_is_to_be_replaced(shop: CheckedShop, provider: str, key: str, advice: str) -> None:
    shop.sandbox.keys.change(provider, key, "revoked")
    assert ask(shop, provider) == failed(provider, "answered 401: the key is refused", advice)


@pytest.mark.parametrize(
    ("provider", "key"), [("stripe", "rk_test_reader_of_this_machine"), ("square", "EAAAreader_of_this_machine")]
)
def test_a_key_that_lacks_a_permission_is_to_get_it(shop: CheckedShop, provider: str, key: str) -> None:
    advice = "give the key this permission in the dashboard, or use a key that has it"
    check = ask(shop, provider, **{SETTINGS[provider]: key})
    assert check == failed(provider, "answered 403: the key lacks a permission", advice)
