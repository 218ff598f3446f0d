"""The vectors of `vectors/prices.json`: they are what the code does, they add up, and some of them were computed by hand."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import pytest

from lightning_cart.domain.money import EXPONENTS
from support.price_vectors import FILE, Vector, as_text, expected, read_vectors
from support.sent_parts import WAYS

VECTORS = {vector["name"]: vector for vector in read_vectors()}
# How many decimals a provider writes, where these differ from ISO 4217.
DECIMALS = {
    ("stripe_checkout", "ISK"): 2,
    ("stripe_links", "ISK"): 2,
    ("stripe_checkout", "MGA"): 0,
    ("stripe_links", "MGA"): 0,
}
# Total, renewal and the tax of each percentage, computed by hand.
COMPUTED = {
    "a text with a surcharge": (5000, 0, []),  # 2 x (21.00 + 4.00)
    "whole forints": (599_700, 0, []),
    "a cent less than the sum of goods of a free delivery": (5489, 0, []),
    "included tax at one rate with a delivery": (4938, 0, [788]),  # 2 x 19.99 + 4.50 + 4.90; 49.38 x 19/119 = 7.8842
    "included tax is rounded once for all lines": (105_000, 0, [9545]),  # 1050.00 / 11 = 95.4545
    "a delivery shares the rates of its goods by their value": (4490, 0, [585, 43]),  # 33.68 x 21/121, 11.22 x 4/104
    "a country without a rate pays each piece and the delivery without tax": (5818, 0, []),  # 10.33 + 3 x 14.42 + 0.78 + 3.81
    "half a cent of tax that is taken off goes up": (3334, 0, []),  # 20.01 / 6 = 3.335
    "added tax on goods after a discount, not on the delivery": (2940, 0, [200, 0]),  # 22.50 x 8.875 % = 1.9969
    "half a cent of added tax goes up": (659, 0, [59]),  # 6.00 x 9.75 % = 0.585
    "added tax in whole forints": (209_900, 0, [10_000]),  # 99.95
    "added tax in tens of thousandths": (2190, 0, [200]),  # 0.199
    "a percentage is shared out over three lines": (2122, 0, []),  # 24.97 - 3.75
    "a discount in whole forints": (179_900, 0, []),  # 199.90 is 200
    "a monthly price beside a price that is paid once": (1400, 500, []),
    "added tax and the delivery of what recurs recur": (4017, 1840, [327]),  # 36.90 x 8.875 %; 12.00 + 4.90 + 1.50
    "a full cart to Spain": (7240, 0, [698, 124]),  # 25.00 + 12.50 + 2 x 15.00 + 4.90
}
# What is sent, written by hand.
SENT: dict[str, Mapping[str, Any]] = {
    "added tax on goods after a discount, not on the delivery": {
        "stripe_checkout": {
            "lines": [
                {"name": "Mug, reduced", "amount": 900, "quantity": 2},
                {"name": "Spoon, reduced", "amount": 450, "quantity": 1},
                {"name": "Sales tax (8.875 %)", "amount": 200, "quantity": 1},
            ],
            "shipping": 490,
        },
        "stripe_links": {
            "lines": [
                {"name": "Mug, reduced", "amount": 900, "quantity": 2},
                {"name": "Spoon, reduced", "amount": 450, "quantity": 1},
                {"name": "Mail", "amount": 490, "quantity": 1},
                {"name": "Sales tax (8.875 %)", "amount": 200, "quantity": 1},
            ]
        },
        "paypal": {
            "lines": [{"name": "Mug", "amount": "10.00", "quantity": 2}, {"name": "Spoon", "amount": "5.00", "quantity": 1}],
            "shipping": "4.90",
            "tax": "2.00",
            "discount": "2.50",
            "total": "29.40",
        },
        "square": {
            "lines": [
                {"name": "Mug", "amount": 1000, "quantity": 2},
                {"name": "Spoon", "amount": 500, "quantity": 1},
                {"name": "Mail", "amount": 490, "quantity": 1},
                {"name": "Sales tax (8.875 %)", "amount": 200, "quantity": 1},
            ],
            "discount": 250,
        },
    },
    "a reduced line of three pieces": {
        "stripe_links": {
            "lines": [
                {"name": "Tea, reduced", "amount": 300, "quantity": 2},
                {"name": "Tea, reduced", "amount": 299, "quantity": 1},
            ]
        },
        "paypal": {"lines": [{"name": "Tea", "amount": "3.33", "quantity": 3}], "discount": "1.00", "total": "8.99"},
    },
    "added tax and the delivery of what recurs recur": {
        "stripe_checkout": {
            "lines": [
                {"name": "Box", "amount": 1200, "quantity": 1, "interval": "month"},
                {"name": "Mug", "amount": 2000, "quantity": 1},
                {"name": "Mail", "amount": 490, "quantity": 1, "interval": "month"},
                {"name": "Sales tax (8.875 %)", "amount": 150, "quantity": 1, "interval": "month"},
                {"name": "Sales tax (8.875 %)", "amount": 177, "quantity": 1},
            ]
        }
    },
    "ariary, which Stripe writes without decimals": {
        "stripe_checkout": {"lines": [{"name": "Tea", "amount": 12_500, "quantity": 1}]}
    },
    "krónur, which Stripe writes with two decimals": {
        "stripe_checkout": {"lines": [{"name": "Tea", "amount": 149_000, "quantity": 1}]}
    },
}


def test_there_are_many_and_each_has_its_name() -> None:
    assert len(VECTORS) == len(read_vectors()) >= 60


@pytest.mark.parametrize("vector", VECTORS.values(), ids=VECTORS)
def test_a_cart_costs_and_sends_what_its_vector_says(vector: Vector) -> None:
    assert expected(vector) == vector["expected"]


def test_the_file_is_as_its_program_writes_it() -> None:
    assert FILE.read_text(encoding="utf-8") == as_text(list(VECTORS.values())) + "\n"


@pytest.mark.parametrize("name", COMPUTED)
def test_a_vector_has_the_figures_that_were_computed_by_hand(name: str) -> None:
    found = VECTORS[name]["expected"]
    taxes = [group["tax_minor"] for group in found["taxes"]]
    assert (found["total_minor"], found["renewal_minor"], taxes) == COMPUTED[name]


@pytest.mark.parametrize("name", SENT)
def test_a_vector_sends_what_was_written_by_hand(name: str) -> None:
    sent = VECTORS[name]["expected"]["sent"]
    assert {way: sent[way] for way in SENT[name]} == SENT[name]


@pytest.mark.parametrize("vector", VECTORS.values(), ids=VECTORS)
def test_the_parts_of_a_vector_add_up(vector: Vector) -> None:
    found = vector["expected"]
    lines = found["lines"]
    assert sum(line["unit_minor"] * line["quantity"] for line in lines) == found["goods_minor"]
    assert sum(line["discount_minor"] for line in lines) == found["discount_minor"]
    assert sum(group["tax_minor"] for group in found["taxes"] if not group["included"]) == found["tax_minor"]
    parts = found["goods_minor"] - found["discount_minor"] + found["shipping_minor"] + found["tax_minor"]
    assert parts == found["total_minor"]


def _minor(amount: int | str, way: str, currency: str) -> Fraction:
    """Return a provider's amount in ISO minor units, without the code that writes it."""
    exponent = EXPONENTS[currency]
    decimals = 0 if isinstance(amount, str) else DECIMALS.get((way, currency), exponent)
    return Fraction(amount) * Fraction(f"1e{exponent - decimals}")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("vector", VECTORS.values(), ids=VECTORS)
def test_what_a_vector_sends_charges_its_total_and_its_renewal(vector: Vector, way: str) -> None:
    found, sent = vector["expected"], vector["expected"]["sent"][way]
    if "refused" in sent:
        assert sent.keys() == {"refused"}
        return
    currency = found["currency"]
    sums = [(line, _minor(line["amount"], way, currency) * line["quantity"]) for line in sent["lines"]]
    fields = [_minor(sent.get(name, 0), way, currency) for name in ("shipping", "tax", "discount")]
    assert sum(minor for _, minor in sums) + fields[0] + fields[1] - fields[2] == found["total_minor"]
    assert sum(minor for line, minor in sums if "interval" in line) == found["renewal_minor"]
    assert _minor(sent.get("total", "0"), way, currency) in {0, found["total_minor"]}


def test_each_way_to_pay_takes_most_vectors_and_refuses_some() -> None:
    refused = {way: sum("refused" in vector["expected"]["sent"][way] for vector in VECTORS.values()) for way in WAYS}
    assert [way for way, count in refused.items() if not 0 < count < len(VECTORS) // 3] == []
