"""A line's sums and its title."""

from lightning_cart.domain.line_item import LineItem, sum_lines
from lightning_cart.domain.money import Money

MUG = LineItem("mug", "Mug", Money(1250, "EUR"), 3)
SHIRT = LineItem("tshirt", "T-shirt", Money(2100, "EUR"), 1, options={"size": "L", "colour": "blue"}, discount_minor=210)


def test_a_line_costs_its_unit_price_times_its_quantity() -> None:
    assert (MUG.total, MUG.reduced_minor) == (Money(3750, "EUR"), 3750)


def test_a_discount_reduces_what_a_line_costs_and_not_its_full_price() -> None:
    assert (SHIRT.total, SHIRT.reduced_minor) == (Money(2100, "EUR"), 1890)


def test_the_sum_of_lines_is_that_of_their_full_prices() -> None:
    assert sum_lines([MUG, SHIRT]) == Money(5850, "EUR")


def test_the_title_of_a_line_names_its_options_in_their_order() -> None:
    assert (MUG.title, SHIRT.title) == ("Mug", "T-shirt (L, blue)")
    assert (MUG.id_with_options, SHIRT.id_with_options) == ("mug", "tshirt (L, blue)")
