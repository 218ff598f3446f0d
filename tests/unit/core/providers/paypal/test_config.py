"""PayPal's settings: the merchant id has the form that PayPal gives it."""

import pytest

from lightning_cart.errors import InvalidSettings
from lightning_cart.providers.paypal.config import PayPalConfig
from support.paypal import PAYPAL_ENV


def test_a_merchant_id_of_paypal_is_taken() -> None:
    assert PayPalConfig.from_env(PAYPAL_ENV | {"PAYPAL_MERCHANT_ID": "7KNGBPH2U58GQ"}).merchant_id == "7KNGBPH2U58GQ"


@pytest.mark.parametrize(
    "value",
    ["shop@shop.example", "7KNGBPH2U58G", "7kngbph2u58gq", "7KNGBPH2U58G0"],
    ids=["an e-mail address", "a short one", "one in small letters", "one with a zero"],
)
def test_another_merchant_id_is_refused_with_where_to_look(value: str) -> None:
    with pytest.raises(InvalidSettings, match="PAYPAL_MERCHANT_ID must be the 13 capital letters and digits"):
        PayPalConfig.from_env(PAYPAL_ENV | {"PAYPAL_MERCHANT_ID": value})
