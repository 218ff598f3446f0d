"""The small values everything is made of: secrets, signatures, HTTP messages, receipts, settings, errors."""

import hashlib
import hmac
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightning_cart.errors import CatalogError, CatalogMistake, InvalidSettings, ReceiptRequired
from lightning_cart.http import HttpRequest, HttpResponse, json_bytes
from lightning_cart.providers.stripe.config import SETTINGS as STRIPE_NEEDS
from lightning_cart.secret import Secret
from lightning_cart.security.receipt import RECEIPT_SECONDS, Receipts
from lightning_cart.security.signing import is_current, matches_any, sign
from lightning_cart.settings import Setting, has_prefix, min_length, read_settings, valid_base_url
from lightning_cart.usecases.engine import SETTINGS
from support.app import ENV
from support.builders import NOW, ORDER_ID, make_order

OLD, NEW = Secret("the-old-secret-of-thirty-two-chars"), Secret("the-new-secret-of-thirty-two-chars")


def test_a_secret_hides_in_repr_str_and_format() -> None:
    assert {repr(NEW), str(NEW), f"{NEW}"} == {"Secret('…')"}


def test_a_secret_comes_out_by_reveal_only() -> None:
    assert Secret("x").reveal() == "x"


def test_an_empty_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="empty"):
        Secret("")


@given(st.binary(), st.text(min_size=1, alphabet=st.characters(codec="utf-8")))
def test_a_signature_is_the_hmac_of_the_bytes(message: bytes, secret: str) -> None:
    assert sign(Secret(secret), message) == hmac.new(secret.encode(), message, hashlib.sha256).digest()


@pytest.mark.parametrize("signer", [OLD, NEW], ids=["old", "new"])
def test_any_current_secret_verifies(signer: Secret) -> None:
    assert matches_any(b"x", [b"junk", sign(signer, b"x")], [NEW, OLD])


@pytest.mark.parametrize("signatures", [[], [b""], [sign(NEW, b"y")], ["é".encode()]], ids=["none", "empty", "other", "junk"])
def test_nothing_else_verifies(signatures: list[bytes]) -> None:
    assert not matches_any(b"x", signatures, [NEW, OLD])


@pytest.mark.parametrize(("offset", "current"), [(-301, False), (-300, True), (0, True), (300, True), (301, False)])
def test_a_time_is_judged_on_both_sides(offset: int, current: bool) -> None:
    assert is_current(NOW + offset, NOW, 300) is current


def test_a_request_does_not_show_its_headers_query_or_body() -> None:
    request = HttpRequest("GET", "https://x.example/a?receipt=token", {"authorization": "Bearer sk_test_1"}, b"secret")
    assert repr(request) == "<HttpRequest GET https://x.example/a 6 bytes>"


def test_a_response_does_not_show_its_body() -> None:
    assert repr(HttpResponse(200, {}, b"secret")) == "<HttpResponse 200 6 bytes>"


def test_a_request_knows_its_path_and_query() -> None:
    request = HttpRequest("GET", "https://x.example/a/b?site=tea&blank=")
    assert (request.path, request.query) == ("/a/b", {"site": "tea", "blank": ""})


@pytest.mark.parametrize(
    ("url", "host"), [("https://Pay.Shop.example:8443/a", "pay.shop.example"), ("https://[x/a", ""), ("/a", "")]
)
def test_a_request_knows_its_host(url: str, host: str) -> None:
    assert HttpRequest("GET", url).host == host


def test_an_absent_header_is_an_empty_text() -> None:
    assert (HttpRequest("GET", "/").header("x"), HttpResponse(200).header("x")) == ("", "")


def test_json_is_compact_utf8() -> None:
    assert json_bytes({"name": "Ñ"}) == '{"name":"Ñ"}'.encode()


def test_a_receipt_opens_its_own_order() -> None:
    receipts = Receipts([NEW])
    receipts.check(receipts.issue(make_order()), ORDER_ID, NOW)


def test_a_receipt_is_the_same_each_time_it_is_issued() -> None:
    assert Receipts([NEW]).issue(make_order()) == Receipts([NEW]).issue(make_order(updated_at=NOW + 9))


def test_a_receipt_signed_before_a_rotation_still_opens() -> None:
    Receipts([NEW, OLD]).check(Receipts([OLD]).issue(make_order()), ORDER_ID, NOW)


def forged(claims: dict[str, Any], key: str = NEW.reveal()) -> str:
    return jwt.encode(claims, key, "HS256")


@pytest.mark.parametrize(
    "token",
    [
        "",
        "x.y.z",
        forged({"sub": "ord_other", "exp": NOW + 9}),
        forged({"sub": ORDER_ID}),
        forged({"sub": ORDER_ID, "exp": NOW}),
        forged({"sub": ORDER_ID, "exp": "9999999999"}),
        forged({"sub": ORDER_ID, "exp": NOW + 9}, "another-secret-of-thirty-two-chars!"),
        jwt.encode({"sub": ORDER_ID, "exp": NOW + 9}, "", "none"),
    ],
    ids=["empty", "not a token", "other order", "no end", "ended", "end of another type", "other secret", "unsigned"],
)
def test_anything_else_does_not_open_it(token: str) -> None:
    with pytest.raises(ReceiptRequired):
        Receipts([NEW]).check(token, ORDER_ID, NOW)


@given(st.text())
def test_any_text_as_a_receipt_is_refused_cleanly(token: str) -> None:
    with pytest.raises(ReceiptRequired):
        Receipts([NEW]).check(token, ORDER_ID, NOW)


def test_a_receipt_ends() -> None:
    token = Receipts([NEW]).issue(make_order())
    with pytest.raises(ReceiptRequired):
        Receipts([NEW]).check(token, ORDER_ID, NOW + RECEIPT_SECONDS)


def test_settings_are_read_by_name() -> None:
    assert read_settings(ENV, SETTINGS)["PUBLIC_URL"] == ("https://pay.shop.example",)


def test_several_values_are_separated_by_commas_newest_first() -> None:
    need = Setting("KEYS", "", "", multiple=True)
    assert read_settings({"KEYS": " new , old ,"}, [need])["KEYS"] == ("new", "old")


def test_a_default_stands_in() -> None:
    assert read_settings(ENV, STRIPE_NEEDS)["STRIPE_API_BASE"] == ("https://api.stripe.com",)


def test_what_is_optional_may_be_left_out_and_then_has_no_value() -> None:
    need = Setting("EXTRA", "", "", optional=True, validate=min_length(3))
    assert (read_settings({}, [need]), read_settings({"EXTRA": "long"}, [need])) == ({"EXTRA": ()}, {"EXTRA": ("long",)})
    with pytest.raises(InvalidSettings, match="EXTRA must have"):
        read_settings({"EXTRA": "x"}, [need])


def test_everything_that_is_missing_or_malformed_is_named_without_its_value() -> None:
    with pytest.raises(InvalidSettings) as caught:
        read_settings({"STRIPE_SECRET_KEY": "pk_test_oops", "STRIPE_WEBHOOK_SECRET": " "}, STRIPE_NEEDS)
    assert caught.value.names == ("STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET")
    assert "oops" not in str(caught.value)


@pytest.mark.parametrize("need", [need for need in (*SETTINGS, *STRIPE_NEEDS) if need.secret], ids=lambda need: need.name)
def test_an_example_that_was_not_filled_in_is_refused(need: Setting) -> None:
    with pytest.raises(InvalidSettings, match="still the example's"):
        read_settings({need.name: need.example}, [need])


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
    assert min_length(32)("short") == "must have at least 32 characters"
    assert (has_prefix("a")("ab"), min_length(1)("a")) == ("", "")


def test_a_catalogue_error_lists_every_mistake_with_its_place() -> None:
    error = CatalogError(
        [CatalogMistake("a.toml", "products.x", "name", "is missing"), CatalogMistake("b.toml", "", "", "is not TOML")]
    )
    assert str(error) == "a.toml: products.x.name: is missing\nb.toml: is not TOML"


def test_missing_keys_without_a_reason_are_named() -> None:
    assert str(InvalidSettings(["A", "B"])) == "not set: A, B"
