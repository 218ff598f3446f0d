"""A code is said in words as a shop's owner would say it."""

from typing import Any

import pytest

from lightning_cart.domain.codes import Code, CodeTerms
from lightning_cart.domain.money import Money
from lightning_cart_host.cli.codes.words import say_code, say_time

DAY = 20_818 * 86_400  # 2026-12-31
EUROS = {"EUR": Money(500, "EUR")}


@pytest.mark.parametrize(
    ("seconds", "is_end", "said"),
    [
        (DAY, False, "2026-12-31"),
        (DAY + 86_400, True, "2026-12-31"),
        (DAY + 3600, False, "2026-12-31 01:00 UTC"),
        (DAY + 3600, True, "2026-12-31 01:00 UTC"),
        (DAY + 5, True, "2026-12-31 00:00:05 UTC"),
    ],
)
def test_a_whole_day_is_said_as_one(seconds: int, is_end: bool, said: str) -> None:
    assert say_time(seconds, is_end=is_end) == said


@pytest.mark.parametrize(
    ("terms", "more", "sentence"),
    [
        (
            {"percent": "10", "products": ("tshirt", "mug")},
            {"until_at": DAY + 86_400, "most_uses": 100, "once": True},
            "takes 10 % off tshirt and mug, until 2026-12-31, 100 uses, once per buyer.",
        ),
        ({"percent": "12.5"}, {}, "takes 12.5 % off everything."),
        ({"percent": "5", "categories": ("clothes",)}, {"most_uses": 1}, "takes 5 % off the category clothes, 1 use."),
        (
            {"percent": "5", "products": ("mug",), "categories": ("clothes", "books")},
            {"from_at": DAY},
            "takes 5 % off mug and the categories clothes and books, from 2026-12-31.",
        ),
        (
            {"amounts": {**EUROS, "USD": Money(600, "USD")}, "least": EUROS, "free": True},
            {},
            "takes €5.00 or $6.00 off everything, for goods of €5.00 or more, also if nothing is left to pay.",
        ),
        ({"percent": "5", "free_delivery": True}, {}, "takes 5 % off everything and makes the delivery free."),
        ({"free_delivery": True}, {}, "makes the delivery free."),
        (
            {"free_delivery": True, "products": ("tshirt", "mug")},
            {},
            "makes the delivery of an order with tshirt or mug free.",
        ),
        (
            {"percent": "5", "products": tuple("abcdefgh")},
            {},
            "takes 5 % off a, b, c, d, e and 3 more.",
        ),
    ],
)
def test_a_code_is_one_sentence(terms: dict[str, Any], more: dict[str, Any], sentence: str) -> None:
    assert say_code(Code("SPRING", 1, CodeTerms(**terms), **more)) == f"SPRING {sentence}"
