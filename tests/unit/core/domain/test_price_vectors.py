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
    "a code for a category": (1900, 0, []),  # 20 % of 12.50, and not of 9.00
    "a code for a product and for a category": (2030, 0, []),  # 10 % of 17.00
    "an amount off a category takes no more than its goods cost": (450, 0, []),
    "a code from exactly the sum of the goods on": (2250, 0, []),
    "a code from a cent more than the goods cost": (2500, 0, []),
    "an amount off what is paid once beside a price that recurs": (1200, 1200, []),
    "a code for a free delivery": (1250, 0, [217]),  # 12.50 x 21/121
    "a delivery that recurs is not free by a code": (2690, 1690, []),  # 12.00 + 12.50 - 2.50 + 4.90
    "a discount ends a free delivery": (4990, 0, []),  # 50.00 - 5.00 + 4.90
    "a code over three lines of whole forints": (232_500, 0, []),  # 33 % of 3,470 are 1,145.1
    "a code in tens of thousandths of a dinar": (3480, 0, []),  # 12.5 % of 3.980 are 0.4975
    "a code in whole yen": (4873, 0, []),  # 10 % of 5,415 are 541.5
    "half a cent of a percentage goes up": (445, 0, []),  # 1 % of 4.50
    "a code over goods of two added rates": (3800, 0, [160, 0]),  # 31.50 + 4.90 + 18.00 x 8.875 %
    # The delivery is shared 12.50 to 5.00: 16.00 x 21/121 and 6.40 x 4/104.
    "a code for goods of one of two included rates": (2240, 0, [278, 25]),
    "an amount off prices without tax": (1971, 0, []),  # 2 x 10.33 - 5.00 + 4.05
    "a parcel for nothing but its delivery": (490, 0, [85]),
    "a full cart to Spain": (7240, 0, [698, 124]),  # 25.00 + 12.50 + 2 x 15.00 + 4.90
}
# What is sent, written by hand.
SENT: dict[str, Mapping[str, Any]] = {
    "added tax on goods after a discount, not on the delivery": {
        "stripe_checkout": {
            "lines": [
                {"name": "Mug, reduced with SPRING", "amount": 900, "quantity": 2},
                {"name": "Spoon, reduced with SPRING", "amount": 450, "quantity": 1},
                {"name": "Sales tax (8.875 %)", "amount": 200, "quantity": 1},
            ],
            "shipping": 490,
        },
        "stripe_links": {
            "lines": [
                {"name": "Mug, reduced with SPRING", "amount": 900, "quantity": 2},
                {"name": "Spoon, reduced with SPRING", "amount": 450, "quantity": 1},
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
                {"name": "Tea, reduced with SPRING", "amount": 300, "quantity": 2},
                {"name": "Tea, reduced with SPRING", "amount": 299, "quantity": 1},
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


# What is said of codes that do not hold, and of carts that come to nothing, written by hand.
FAULTS = {
    "a code from a cent more than the goods cost": "below_sum",
    "what a code is not for does not count for its least sum": "below_sum",
    "a code without an amount in the currency of the cart": "currency",
    "a code for other goods": "other_goods",
    "a code for a free delivery where nothing is delivered": "other_goods",
    "a code on a price that recurs alone": "recurring",
    "a code for the delivery of what recurs": "recurring",
}
FREE = {
    "a discount takes no more than the goods cost",
    "a code by which an order may come to nothing",
    "a parcel for nothing",
    "nothing, where the buyer may choose that",
}


def test_there_are_many_and_each_has_its_name() -> None:
    assert len(VECTORS) == len(read_vectors()) >= 120


def test_more_than_forty_have_a_code_and_some_of_these_do_not_hold() -> None:
    found = {name: vector["expected"]["fault"] for name, vector in VECTORS.items() if "fault" in vector["expected"]}
    assert (found, sum("code" in vector for vector in VECTORS.values()) > 40) == (FAULTS, True)
    assert {name for name, vector in VECTORS.items() if vector["expected"].get("free")} == FREE


@pytest.mark.parametrize("name", FAULTS)
def test_a_code_that_does_not_hold_is_refused_and_leaves_the_price_as_it_is(name: str) -> None:
    found = VECTORS[name]["expected"]
    plain = {key: value for key, value in VECTORS[name].items() if key != "code"}
    plain["cart"] = {key: value for key, value in plain["cart"].items() if key != "code"}
    assert found["refused"]["field"] == "code"
    assert {key: value for key, value in found.items() if key not in ("fault", "refused")} == expected(plain)


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
