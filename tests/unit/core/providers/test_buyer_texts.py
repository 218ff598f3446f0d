"""Texts, names and addresses of a buyer as providers write them: kept as they are, on one line, and never too long."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightning_cart.domain.buyer import Address, Destination
from lightning_cart.providers.buyer_texts import (
    billing_of,
    delivery_of,
    full_name,
    get_clean,
    get_email,
    get_phone,
    get_vat_id,
    make_address,
    place_of,
)
from support.malformed import json_values


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Åsa Öberg-Ñandú", "Åsa Öberg-Ñandú"),
        ("  Ada \t Lovelace\n", "Ada Lovelace"),
        ("Calle Mayor 1\r\n2º izq.", "Calle Mayor 1 2º izq."),
        ("Ada\x00\x1b[31m", "Ada [31m"),
        ("\u202eada\u202c", "ada"),
        ("Ada\ud800", "Ada"),
        ("👩\u200d🔬", "👩\u200d🔬"),  # one sign for readers
        ("\u200b\u2060", ""),
        ("", ""),
        (None, ""),
        (7, ""),
        (["Ada"], ""),
        ({"name": "Ada"}, ""),
        ("x" * 301, "x" * 300),
        ("x" * 299 + " y", "x" * 299),
    ],
    ids=[
        *(
            [
                "accents",
                "ends",
                "break",
                "control",
                "order",
                "surrogate",
                "joiner",
                "unseen",
                "empty",
                "null",
                "number",
                "list",
                "object",
                "long",
            ]
        ),
        "cut",
    ],
)
def test_a_text_is_kept_on_one_line(text: object, kept: str) -> None:
    assert get_clean({"name": text}, "name") == kept


@given(st.text(max_size=2000))
def test_any_text_can_be_stored_and_printed(text: str) -> None:
    kept = get_clean(text)
    assert (len(kept) <= 300, kept.strip(), kept.encode().decode(), get_clean(kept)) == (True, kept, kept, kept)


@given(json_values)
def test_nothing_raises(value: Any) -> None:
    assert isinstance(get_clean(value), str)
    assert isinstance(get_email(value) + get_phone(value) + get_vat_id(value), str)
    address = make_address(value)
    assert address is None or len(address.country) == 2
    assert place_of(address) is None or address is not None


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Ada@Example.com", "Ada@example.com"),
        (" ada@bücher.example ", "ada@xn--bcher-kva.example"),
        ("josé@example.es", "josé@example.es"),  # no provider of ours takes it, and another may
        ("ada", ""),
        ("ada lovelace@example.com", ""),
        (f"{'a' * 250}@example.com", ""),
        ("", ""),
        (None, ""),
        (7, ""),
    ],
    ids=["plain", "umlaut domain", "accent before the @", "no @", "blank", "long", "empty", "null", "number"],
)
def test_an_address_is_whole_or_left_out(text: object, kept: str) -> None:
    assert get_email({"email": text}, "email") == kept


def test_numbers_and_ids_are_shorter() -> None:
    assert (get_phone("+34 600 111 222"), len(get_phone("1" * 99))) == ("+34 600 111 222", 40)
    assert (get_vat_id("ESB12345678"), len(get_vat_id("1" * 99))) == ("ESB12345678", 40)


@pytest.mark.parametrize(
    ("given_name", "family_name", "whole"),
    [
        ("Ada", "Lovelace", "Ada Lovelace"),
        ("José María", "Núñez García", "José María Núñez García"),
        ("花子", "山田", "山田 花子"),
        ("ハナコ", "ヤマダ", "ヤマダ ハナコ"),
        ("민준", "김", "김 민준"),
        ("小明", "王", "王 小明"),
        ("Hanako", "Yamada", "Hanako Yamada"),
        ("", "Lovelace", "Lovelace"),
        ("花子", "", "花子"),
        ("", "", ""),
    ],
)
def test_a_name_is_in_the_order_of_its_script(given_name: str, family_name: str, whole: str) -> None:
    assert full_name(given_name, family_name) == whole


@pytest.mark.parametrize(
    ("country", "kept"),
    [
        ("ES", "ES"),
        (" es ", "ES"),
        ("Es", "ES"),
        ("\uff25\uff33", "ES"),
        ("ESP", ""),
        ("Spain", ""),
        ("É", ""),
        ("", ""),
        (None, ""),
        (7, ""),
    ],
)
def test_a_country_is_a_code_of_two_letters(country: object, kept: str) -> None:
    address = make_address(country, city="Sabadell")
    assert address is not None
    assert (address.country, address.city) == (kept, "Sabadell")


@pytest.mark.parametrize("country", [None, "", "Spain", []])
def test_an_address_without_anything_is_none(country: object) -> None:
    assert make_address(country, line1="", city="") is None


def test_each_part_has_its_own_limit() -> None:
    parts = dict.fromkeys(("name", "line1", "line2", "city", "region", "phone"), "x" * 400)
    address = make_address("ES", **parts)
    assert address is not None
    assert list(map(len, address)) == [2, 255, 300, 300, 120, 300, 0, 40]


def test_a_postal_code_is_whole_or_left_out() -> None:
    long, short = make_address("US", postal_code="9" * 61), make_address("US", postal_code="9" * 60)
    assert long is not None
    assert short is not None
    assert (long.postal_code, len(short.postal_code)) == ("", 60)


@pytest.mark.parametrize("part", ["line1", "line2", "city", "postal_code"])
def test_goods_go_to_an_address_that_says_more_than_its_country(part: str) -> None:
    said = Address("ES")._replace(**{part: "1"})
    assert (delivery_of(said), delivery_of(Address("ES", "Ada", region="B")), delivery_of(None)) == (said, None, None)


def test_who_is_billed_is_named_at_the_address() -> None:
    assert billing_of(Address("ES"), "Ada") == Address("ES", "Ada")
    assert billing_of(Address("ES", "Núñez, S.L."), "Ada") == Address("ES", "Núñez, S.L.")
    assert billing_of(None, "Ada") is None


def test_the_place_of_an_address_is_what_is_compared() -> None:
    assert place_of(Address("US", region="California", postal_code="95131-1234")) == Destination("US", "", "95131")
    assert place_of(Address(city="Sabadell")) is None
    assert place_of(None) is None
