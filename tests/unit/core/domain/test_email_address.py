"""E-mail addresses as keyboards, address books and web pages write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightning_cart.domain.email_address import MAX_EMAIL, read_email


@pytest.mark.parametrize(
    "typed",
    [
        "ada@example.com",
        " ada@example.com\r\n",
        "\u00a0ada@example.com\u200b",
        "\ufeffada@example.com",
        "ada@example.com.",
        "ada@EXAMPLE.com",
        "mailto:ada@example.com",
        "MAILTO:ada@example.com?subject=Hello",
        "<ada@example.com>",
        "Ada Lovelace <ada@example.com>",
        "ada\uff20example\uff0ecom",
        "ada@example\u3002com",
        "\uff41\uff44\uff41@example.com",
        "ada@ example.com",
    ],
)
def test_one_address_is_read_from_every_writing(typed: str) -> None:
    assert read_email(typed) == "ada@example.com"


def test_the_case_before_the_at_sign_is_kept() -> None:
    assert read_email("Ada.L+tag@Example.com") == "Ada.L+tag@example.com"


@pytest.mark.parametrize(
    "address",
    ["a@b.example", "first.last+tag@mail.shop-1.example", "o'brien@x.co", f"{'a' * 64}@b.example", "a@xn--9ca.example"],
)
def test_an_address_that_every_provider_takes_is_kept_as_it_is(address: str) -> None:
    assert read_email(address) == address


@pytest.mark.parametrize(
    ("typed", "ascii_form"),
    [
        ("ada@müller.example", "ada@xn--mller-kva.example"),
        ("ada@MÜLLER.example", "ada@xn--mller-kva.example"),
        ("ada@mu\u0308ller.example", "ada@xn--mller-kva.example"),
        ("ada@straße.example", "ada@xn--strae-oqa.example"),
        ("ada@例え.テスト", "ada@xn--r8jz45g.xn--zckzah"),
        ("ada@παράδειγμα.δοκιμή", "ada@xn--hxajbheg2az3al.xn--jxalpdlp"),
        ("ada@उदाहरण.परीक्षा", "ada@xn--p1b6ci4b4b3a.xn--11b5bs3a9aj6g"),
        ("ada@mail.bücher.example.", "ada@mail.xn--bcher-kva.example"),
        ("ada@paral·lel.example", "ada@xn--parallel-koa.example"),
    ],
)
def test_a_domain_of_any_script_is_written_in_ascii(typed: str, ascii_form: str) -> None:
    assert read_email(typed) == ascii_form


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "ada",
        "@example.com",
        "ada@",
        "ä@example.com",
        "ada@exa mple.com",
        "ada@exa\u200bmple.com",
        "ada@exämple\u202e.com",
        "ada@❤.example",
        "ada@ü\ud800.example",
        "ada@-x.example",
        f"ada@{'ü' * 60}.example",
        f"ada@{'ü' * 600}.example",
        "ada@example.com, bob@example.com",
        "a@b.example\nBcc: x@y.example",
        ".a@b.example",
        "a.@b.example",
        "a..b@c.example",
        "a@b",
        "a@b-.example",
        "a@b..example",
        "a@10.0.0.1",
        "a@b.c",
        f"{'a' * 65}@b.example",
        "a b@b.example",
        "\ud800@b.example",
        None,
        7,
    ],
)
def test_what_some_provider_would_refuse_is_none(typed: object) -> None:
    assert read_email(typed) is None


@given(st.text(max_size=60))
def test_an_address_that_is_read_is_ascii_and_is_read_again_unchanged(text: str) -> None:
    for typed in (text, f"ada@{text}.example", f"{text}@example.com"):
        address = read_email(typed)
        assert address is None or (address.isascii() and len(address) <= MAX_EMAIL and read_email(address) == address)
