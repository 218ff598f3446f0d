"""Square computes an order's total: modifiers, discounts, service charges, taxes, and rounding of halves to the even number."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightning_cart_sandbox.shares import spread
from lightning_cart_sandbox.square.pricing import with_amounts
from lightning_cart_sandbox.square.rounding import rounded
from support.sandbox_clients import SquareClient, line, order, read_error, square_money


@pytest.fixture
def square(stripe: Any) -> SquareClient:
    return SquareClient(stripe)


def calculate(square: SquareClient, **changes: Any) -> Any:
    answer = square.api("POST", "orders/calculate", json={"order": order(**changes)})
    assert answer.status_code == 200, answer.text
    return answer.json()["order"]


def lines(*amounts: int, currency: str = "USD") -> list[Any]:
    return [line(base_price_money=square_money(amount, currency)) for amount in amounts]


def tax(percentage: str, **changes: Any) -> Any:
    return {"uid": "tax", "name": "Tax", "percentage": percentage, "scope": "ORDER", **changes}


def percent_off(percentage: Any, **changes: Any) -> Any:
    return {"type": "FIXED_PERCENTAGE", "percentage": percentage, "scope": "ORDER", **changes}


def amount_off(amount: int, currency: str = "USD", **changes: Any) -> Any:
    return {"type": "FIXED_AMOUNT", "amount_money": square_money(amount, currency), "scope": "ORDER", **changes}


@pytest.mark.parametrize(
    ("amounts", "percentage", "expected"),
    [
        pytest.param([600], "9.75", 58, id="58.5 is 58"),
        pytest.param([300], "9.5", 28, id="28.5 is 28"),
        pytest.param([700], "0.5", 4, id="3.5 is 4"),
        pytest.param([1880, 695], "8.875", 229, id="228.53 is 229"),
        pytest.param([1500, 800, 695, 695], "8.875", 327, id="327.49 is 327"),
        pytest.param([101, 101, 101], "0.5", 2, id="the sum is rounded, not each line"),
    ],
)
def test_a_tax_is_rounded_once_and_halves_go_to_the_even_number(
    square: SquareClient, amounts: list[int], percentage: str, expected: int
) -> None:
    made = calculate(square, line_items=lines(*amounts), taxes=[tax(percentage)])
    assert made["total_tax_money"] == made["taxes"][0]["applied_money"] == square_money(expected)
    assert made["total_money"] == square_money(sum(amounts) + expected)
    assert sum(one["total_tax_money"]["amount"] for one in made["line_items"]) == expected


@pytest.mark.parametrize(("further", "total"), [([], 865), ([4], 861), ([5], 859)])
def test_yen_are_rounded_down(square: SquareClient, further: list[int], total: int) -> None:
    made = calculate(
        square,
        location_id="LSANDBOXJPY",
        line_items=lines(915, currency="JPY"),
        discounts=[percent_off("10"), *(amount_off(one, "JPY") for one in further)],
        service_charges=[{"name": "Service", "percentage": "5"}],
    )
    assert made["total_money"] == square_money(total, "JPY")


def test_an_inclusive_tax_is_part_of_the_price(square: SquareClient) -> None:
    made = calculate(square, line_items=lines(1998, 1998, 942), taxes=[tax("19", type="INCLUSIVE")])
    assert (made["total_money"], made["total_tax_money"]) == (square_money(4938), square_money(788))
    assert sum(one["gross_sales_money"]["amount"] for one in made["line_items"]) == 4938 - 788


def test_outside_of_america_and_japan_gross_sales_include_an_inclusive_tax(square: SquareClient) -> None:
    made = calculate(
        square, location_id="LSANDBOXEUR", line_items=lines(1190, currency="EUR"), taxes=[tax("19", type="INCLUSIVE")]
    )
    (only,) = made["line_items"]
    assert (only["gross_sales_money"], only["total_tax_money"]) == (square_money(1190, "EUR"), square_money(190, "EUR"))


def test_an_additive_tax_is_on_the_price_without_the_inclusive_one(square: SquareClient) -> None:
    taxes = [tax("19", uid="in", type="INCLUSIVE"), tax("10", uid="on")]
    made = calculate(square, line_items=lines(1190), taxes=taxes)
    assert [one["applied_money"]["amount"] for one in made["taxes"]] == [190, 100]
    assert made["total_money"] == square_money(1290)


def test_modifiers_are_priced_for_each_piece(square: SquareClient) -> None:
    extra = {"name": "Cheese", "base_price_money": square_money(50), "quantity": "2"}
    plain = {"name": "No onions", "base_price_money": square_money(0)}
    made = calculate(square, line_items=[line(quantity="3", modifiers=[extra, plain])])
    (only,) = made["line_items"]
    assert [one["total_price_money"]["amount"] for one in only["modifiers"]] == [300, 0]
    assert (only["variation_total_price_money"], only["gross_sales_money"]) == (square_money(3000), square_money(3300))
    assert made["total_money"] == square_money(3300)


def test_a_discount_of_the_order_is_spread_over_its_lines(square: SquareClient) -> None:
    made = calculate(square, line_items=lines(999, 999, 499, 0), discounts=[amount_off(375)])
    assert [one["total_discount_money"]["amount"] for one in made["line_items"]] == [150, 150, 75, 0]
    assert (made["total_discount_money"], made["total_money"]) == (square_money(375), square_money(2122))
    assert [one["applied_discounts"][0]["applied_money"]["amount"] for one in made["line_items"]] == [150, 150, 75, 0]


def test_a_discount_of_a_line_counts_where_it_is_named(square: SquareClient) -> None:
    items = [line(applied_discounts=[{"discount_uid": "off"}]), line()]
    made = calculate(square, line_items=items, discounts=[amount_off(300, scope="LINE_ITEM", uid="off")])
    assert [one["total_money"]["amount"] for one in made["line_items"]] == [700, 1000]
    assert "applied_discounts" not in made["line_items"][1]


def test_percentages_come_before_amounts_and_lines_before_the_order(square: SquareClient) -> None:
    items = [line(applied_discounts=[{"discount_uid": "a"}, {"discount_uid": "p"}])]
    discounts = [
        amount_off(100, uid="order amount"),
        amount_off(100, uid="a", scope="LINE_ITEM"),
        percent_off("10", uid="order percent"),
        percent_off("50", uid="p", scope="LINE_ITEM"),
    ]
    made = calculate(square, line_items=items, discounts=discounts)
    applied = {one["uid"]: one["applied_money"]["amount"] for one in made["discounts"]}
    assert applied == {"p": 500, "order percent": 50, "a": 100, "order amount": 100}
    assert made["total_money"] == square_money(250)


def test_a_discount_takes_no_more_than_there_is(square: SquareClient) -> None:
    answer = square.api("POST", "orders/calculate", json={"order": order(discounts=[amount_off(5000)])})
    assert read_error(answer) == (400, "AMOUNT_TOO_LOW", "order.line_items")


def test_taxes_are_on_the_discounted_price(square: SquareClient) -> None:
    items = [line(quantity="2"), line(base_price_money=square_money(500))]
    shipping = {"name": "Post", "amount_money": square_money(490)}
    made = calculate(square, line_items=items, discounts=[amount_off(250)], taxes=[tax("8.875")], service_charges=[shipping])
    assert (made["total_tax_money"], made["total_money"]) == (square_money(200), square_money(2940))
    assert made["total_service_charge_money"] == made["net_amounts"]["service_charge_money"] == square_money(490)


def test_a_taxable_service_charge_is_taxed(square: SquareClient) -> None:
    shipping = {"name": "Post", "amount_money": square_money(500), "taxable": True}
    made = calculate(square, taxes=[tax("10")], service_charges=[shipping])
    (charge,) = made["service_charges"]
    assert (charge["applied_money"], charge["total_tax_money"], charge["total_money"]) == (
        square_money(500),
        square_money(50),
        square_money(550),
    )
    assert (made["total_tax_money"], made["total_service_charge_money"]) == (square_money(150), square_money(500))
    assert made["total_money"] == square_money(1650)


@pytest.mark.parametrize(("phase", "expected"), [("SUBTOTAL_PHASE", 100), ("TOTAL_PHASE", 110)])
def test_a_percentage_is_of_the_price_before_or_after_taxes(square: SquareClient, phase: str, expected: int) -> None:
    charge = {"name": "Service", "percentage": "10", "calculation_phase": phase}
    made = calculate(square, taxes=[tax("10")], service_charges=[charge])
    assert made["service_charges"][0]["total_money"] == square_money(expected)


def test_the_shipping_fee_is_a_service_charge_that_is_not_taxed(square: SquareClient) -> None:
    fee = {"name": "Post", "charge": square_money(490)}
    link = square.link(order=order(taxes=[tax("10")]), checkout_options={"shipping_fee": fee})
    made = square.read_order(link)
    assert (made["service_charges"][0]["name"], made["total_money"]) == ("Post", square_money(1590))


def test_the_page_names_adjustments_that_have_no_name(square: SquareClient) -> None:
    adjusted = order(discounts=[percent_off("10")], taxes=[{"percentage": "5", "scope": "ORDER"}])
    text = square.look(square.link(order=adjusted)).text
    assert ("<dt>Discount</dt><dd>-$1.00</dd>" in text, "<dt>Tax</dt><dd>$0.45</dd>" in text) == (True, True)


def test_a_calculated_order_is_not_stored(square: SquareClient) -> None:
    assert "id" not in calculate(square)
    assert square.client.sandbox.store.find("square.order") == []


def test_what_is_paid_and_booked_is_the_total_after_all_adjustments(square: SquareClient) -> None:
    link = square.link(order=order(discounts=[percent_off("15")], taxes=[tax("8.875")]))
    square.pay(link)
    assert square.read_payment(link)["amount_money"] == square_money(925)
    assert square.client.balances()["Banco Sabadell ••1111"] == -925


def test_an_adjustment_without_a_uid_gets_one(square: SquareClient) -> None:
    made = calculate(square, discounts=[percent_off("10")], taxes=[{"percentage": "5", "scope": "ORDER"}])
    assert made["line_items"][0]["applied_discounts"][0]["discount_uid"] == made["discounts"][0]["uid"]
    assert (made["taxes"][0]["type"], made["total_tax_money"]) == ("ADDITIVE", square_money(45))


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        pytest.param(
            {"discounts": [{"type": "FIXED_AMOUNT", "scope": "ORDER"}]}, "MISSING", "discounts[0].amount_money", id="no amount"
        ),
        pytest.param(
            {"discounts": [{"type": "FIXED_PERCENTAGE", "scope": "ORDER"}]},
            "MISSING",
            "discounts[0].percentage",
            id="no percentage",
        ),
        pytest.param({"discounts": [{"percentage": "5", "scope": "ORDER"}]}, "MISSING", "discounts[0].type", id="no type"),
        pytest.param({"discounts": [amount_off(5, scope=None)]}, "MISSING", "discounts[0].scope", id="no scope"),
        pytest.param(
            {"discounts": [amount_off(5, percentage="5")]}, "CONFLICTING_PARAMETERS", "discounts[0].percentage", id="both"
        ),
        pytest.param({"discounts": [amount_off(5, "EUR")]}, "INVALID_VALUE", "discounts[0].amount_money.currency", id="euros"),
        pytest.param({"discounts": [percent_off("101")]}, "INVALID_VALUE", "discounts[0].percentage", id="more than all"),
        pytest.param({"discounts": [percent_off("-5")]}, "INVALID_VALUE", "discounts[0].percentage", id="less than nothing"),
        pytest.param({"discounts": [percent_off("5%")]}, "INVALID_VALUE", "discounts[0].percentage", id="a percent sign"),
        pytest.param({"discounts": [percent_off("5.123456789")]}, "VALUE_TOO_LONG", "discounts[0].percentage", id="11 digits"),
        pytest.param({"discounts": [percent_off(5)]}, "EXPECTED_STRING", "discounts[0].percentage", id="a number"),
        pytest.param(
            {"discounts": [percent_off("5", type="VARIABLE_PERCENTAGE")]},
            "SANDBOX_NOT_SUPPORTED",
            "discounts[0].type",
            id="variable",
        ),
        pytest.param({"discounts": [percent_off("5", scope="ALL")]}, "INVALID_ENUM_VALUE", "discounts[0].scope", id="a scope"),
        pytest.param(
            {"discounts": [percent_off("5", applied_money=square_money(1))]},
            "BAD_REQUEST",
            "discounts[0].applied_money",
            id="a result",
        ),
        pytest.param(
            {"discounts": [percent_off("5", uid="a"), percent_off("5", uid="a")]},
            "INVALID_VALUE",
            "discounts[1].uid",
            id="twice",
        ),
        pytest.param(
            {"line_items": [line(applied_discounts=[{"discount_uid": "x"}])]},
            "INVALID_VALUE",
            "line_items[0].applied_discounts[0].discount_uid",
            id="a discount that is none",
        ),
        pytest.param({"taxes": [{"scope": "ORDER"}]}, "MISSING", "taxes[0].percentage", id="a tax without a rate"),
        pytest.param(
            {"taxes": [tax("5", amount_money=square_money(1))]}, "BAD_REQUEST", "taxes[0].amount_money", id="a tax in money"
        ),
        pytest.param(
            {"service_charges": [{"name": "x"}]}, "MISSING", "service_charges[0].amount_money", id="a charge of nothing"
        ),
        pytest.param(
            {"service_charges": [{"name": "x", "percentage": "5", "amount_money": square_money(1)}]},
            "CONFLICTING_PARAMETERS",
            "service_charges[0].percentage",
            id="a charge of both",
        ),
        pytest.param(
            {"service_charges": [{"name": "x", "percentage": "5", "calculation_phase": "TOTAL_PHASE", "taxable": True}]},
            "INVALID_VALUE",
            "service_charges[0].taxable",
            id="a taxable charge of the total",
        ),
        pytest.param(
            {"service_charges": [{"name": "x", "percentage": "5", "calculation_phase": "APPORTIONED_AMOUNT_PHASE"}]},
            "SANDBOX_NOT_SUPPORTED",
            "service_charges[0].calculation_phase",
            id="an apportioned charge",
        ),
        pytest.param(
            {"taxes": [tax("5")], "service_charges": [{"name": "x", "percentage": "5", "applied_taxes": [{"tax_uid": "tax"}]}]},
            "INVALID_VALUE",
            "service_charges[0].applied_taxes[0].tax_uid",
            id="a tax on a charge that is not taxable",
        ),
        pytest.param(
            {"line_items": [line(modifiers=[{"name": "x"}])]},
            "MISSING",
            "line_items[0].modifiers[0].base_price_money",
            id="a modifier",
        ),
        pytest.param(
            {"pricing_options": {"auto_apply_taxes": True}},
            "SANDBOX_NOT_SUPPORTED",
            "pricing_options.auto_apply_taxes",
            id="automatic",
        ),
        pytest.param({"customer_id": "x"}, "NOT_FOUND", "customer_id", id="a customer that is none"),
    ],
)
def test_an_adjustment_is_refused_with_the_field_named(square: SquareClient, changes: Any, code: str, field: str) -> None:
    code = "MISSING_REQUIRED_PARAMETER" if code == "MISSING" else code
    answer = square.api("POST", "orders/calculate", json={"order": order(**changes)})
    assert read_error(answer) == (404 if code == "NOT_FOUND" else 400, code, f"order.{field}")


@pytest.mark.parametrize(("amount", "expected"), [("1/2", 0), ("3/2", 2), ("5/2", 2), ("-1/2", 0), ("7/3", 2)])
def test_halves_go_to_the_even_number(amount: str, expected: int) -> None:
    assert rounded(Fraction(amount), "USD") == expected


@given(st.integers(0, 10_000), st.lists(st.integers(0, 1000), max_size=6))
def test_shares_add_up_to_the_amount(amount: int, weights: list[int]) -> None:
    shares = spread(amount, weights)
    assert sum(shares) == (amount if sum(weights) else 0)
    assert all(share == 0 for share, weight in zip(shares, weights, strict=True) if not weight)


PERCENT = st.decimals(0, 100, places=2).map(str)
ADJUSTMENT = st.fixed_dictionaries({"percentage": PERCENT, "type": st.sampled_from(["ADDITIVE", "INCLUSIVE"])})


@given(
    st.lists(st.tuples(st.integers(0, 5000), st.integers(1, 3)), min_size=1, max_size=4),
    st.lists(st.tuples(PERCENT, st.integers(0, 3000)), max_size=2),
    st.lists(ADJUSTMENT, max_size=2),
    st.lists(st.tuples(st.sampled_from(["SUBTOTAL_PHASE", "TOTAL_PHASE"]), PERCENT), max_size=2),
)
def test_totals_are_the_sums_of_lines_and_charges(items: Any, discounts: Any, taxes: Any, charges: Any) -> None:
    off = [percent_off(p, uid=f"p{n}") for n, (p, _) in enumerate(discounts)]
    off += [amount_off(a, uid=f"a{n}") for n, (_, a) in enumerate(discounts)]
    rates = [{**one, "uid": f"t{n}", "scope": "ORDER"} for n, one in enumerate(taxes)]
    names = {
        "applied_discounts": [{"discount_uid": one["uid"]} for one in off],
        "applied_taxes": [{"tax_uid": one["uid"]} for one in rates],
    }
    made = with_amounts(
        {
            "line_items": [line(quantity=str(q), base_price_money=square_money(a), **names) for a, q in items],
            "discounts": off,
            "taxes": rates,
            "service_charges": [
                {"uid": str(n), "calculation_phase": phase, "percentage": p, "taxable": False}
                for n, (phase, p) in enumerate(charges)
            ],
        }
    )
    parts = [*made["line_items"], *(made["service_charges"] or [])]
    assert made["total_money"]["amount"] == sum(one["total_money"]["amount"] for one in parts) >= 0
    assert made["total_tax_money"]["amount"] == sum(one["total_tax_money"]["amount"] for one in parts)
    assert made["total_discount_money"]["amount"] == sum(one["total_discount_money"]["amount"] for one in made["line_items"])
