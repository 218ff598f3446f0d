"""Customers, products, prices, coupons and promotion codes, and sessions that use them."""

from typing import Any
from urllib.parse import urlsplit

import pytest

from support.sandbox_clients import SUBSCRIPTION, session_params

ITEM = "line_items[0]"
NO_INLINE = {
    f"{ITEM}[price_data][currency]": None,
    f"{ITEM}[price_data][unit_amount]": None,
    f"{ITEM}[price_data][product_data][name]": None,
}


def refusal(stripe: Any, path: str, **params: Any) -> tuple[int, str | None, str | None]:
    answer = stripe.api("POST", path, params)
    error = answer.json()["error"]
    return answer.status_code, error.get("code"), error.get("param")


def price_of(stripe: Any, **changes: Any) -> Any:
    product = stripe.post("products", name="Mug", description="350 ml")
    return stripe.post("prices", product=product["id"], currency="usd", unit_amount="700", **changes)


def session_of(stripe: Any, **changes: Any) -> Any:
    wanted = {name: value for name, value in session_params(**NO_INLINE, **changes).items() if "price_data" not in name}
    answer = stripe.api("POST", "checkout/sessions", wanted)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_customer_is_created_changed_and_deleted(stripe: Any) -> None:
    customer = stripe.post("customers", email="a@b.co", name="Ada", **{"metadata[a]": "1"})
    changed = stripe.post(f"customers/{customer['id']}", name="", phone="+34 600", **{"metadata[a]": ""})
    assert (changed["email"], changed["name"], changed["phone"], changed["metadata"]) == ("a@b.co", None, "+34 600", {})
    assert stripe.api("DELETE", f"customers/{customer['id']}").json()["deleted"] is True
    assert stripe.get(f"customers/{customer['id']}") == {"id": customer["id"], "object": "customer", "deleted": True}
    assert stripe.event_types() == ["customer.created", "customer.updated", "customer.deleted"]


def test_customers_are_found_by_email_without_the_deleted(stripe: Any) -> None:
    first, second, _ = (stripe.post("customers", email=email)["id"] for email in ("a@b.co", "a@b.co", "c@d.co"))
    stripe.api("DELETE", f"customers/{first}")
    assert [one["id"] for one in stripe.get("customers", email="a@b.co")["data"]] == [second]


def test_a_deleted_customer_can_neither_change_nor_pay(stripe: Any) -> None:
    customer = stripe.post("customers")["id"]
    stripe.api("DELETE", f"customers/{customer}")
    assert refusal(stripe, f"customers/{customer}", name="Ada") == (404, "resource_missing", "id")
    answer = stripe.api("POST", "checkout/sessions", session_params(customer=customer))
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "customer")


def test_a_session_of_a_customer_pays_as_that_customer(stripe: Any) -> None:
    customer = stripe.post("customers", email="a@b.co", name="Ada")["id"]
    session = stripe.session(customer=customer)
    stripe.pay(session)
    paid = stripe.get(f"checkout/sessions/{session['id']}", **{"expand[0]": "payment_intent"})
    assert (paid["customer"], paid["payment_intent"]["customer"]) == (customer, customer)
    assert stripe.get("charges")["data"][0]["customer"] == customer


def test_a_customer_without_an_email_gets_the_one_that_was_typed(stripe: Any) -> None:
    customer = stripe.post("customers")["id"]
    session = stripe.session(customer=customer)
    assert 'name="email"' in stripe.ask("GET", f"/stripe/c/pay/{session['id']}").text
    stripe.pay(session)
    assert stripe.get(f"customers/{customer}")["email"] == "a@b.co"


def test_a_session_updates_its_customer_if_it_is_told_so(stripe: Any) -> None:
    customer = stripe.post("customers", email="a@b.co", name="Old name")["id"]
    stripe.pay(stripe.session(customer=customer))
    before = stripe.get(f"customers/{customer}")["name"]
    stripe.pay(stripe.session(customer=customer, **{"customer_update[name]": "auto"}))
    assert (before, stripe.get(f"customers/{customer}")["name"]) == ("Old name", "Ada L")
    assert stripe.event_types().count("customer.updated") == 1


def test_a_customer_who_is_deleted_before_the_payment_stays_deleted(stripe: Any) -> None:
    customer = stripe.post("customers", email="a@b.co")["id"]
    session = stripe.session(customer=customer, **{"customer_update[name]": "auto"})
    stripe.api("DELETE", f"customers/{customer}")
    assert stripe.pay(session).status_code == 303
    assert stripe.get(f"customers/{customer}") == {"id": customer, "object": "customer", "deleted": True}


@pytest.mark.parametrize(("creation", "created"), [("always", True), ("if_required", False)])
def test_a_session_creates_a_customer_if_it_is_told_so(stripe: Any, creation: str, created: bool) -> None:
    session = stripe.session(customer_creation=creation)
    stripe.pay(session)
    customer = stripe.get(f"checkout/sessions/{session['id']}")["customer"]
    assert (customer is not None) == created
    assert [one["email"] for one in stripe.get("customers")["data"]] == (["a@b.co"] if created else [])


def test_a_product_comes_with_its_price(stripe: Any) -> None:
    amount = {"default_price_data[currency]": "eur", "default_price_data[unit_amount]": "500"}
    product = stripe.post("products", name="Tea", id="tea", **amount)
    price = stripe.get(f"prices/{product['default_price']}", **{"expand[0]": "product"})
    assert (price["unit_amount"], price["product"]["name"]) == (500, "Tea")
    assert refusal(stripe, "products", name="Tea", id="tea") == (400, "resource_already_exists", "id")


def test_a_product_with_a_price_cannot_be_deleted(stripe: Any) -> None:
    product = price_of(stripe)["product"]
    assert stripe.api("DELETE", f"products/{product}").status_code == 400
    unpriced = stripe.post("products", name="Tea")["id"]
    assert stripe.api("DELETE", f"products/{unpriced}").json()["deleted"] is True
    assert [one["id"] for one in stripe.get("products")["data"]] == [product]
    assert [stripe.api(method, f"products/{unpriced}").status_code for method in ("DELETE", "POST")] == [404, 404]


def test_products_and_prices_are_listed_by_what_they_are(stripe: Any) -> None:
    monthly = price_of(stripe, **{"recurring[interval]": "month", "lookup_key": "club"})
    once = price_of(stripe)
    stripe.post(f"products/{once['product']}", active="false")
    assert [one["id"] for one in stripe.get("prices", type="recurring")["data"]] == [monthly["id"]]
    assert [one["id"] for one in stripe.get("prices", **{"lookup_keys[0]": "club"})["data"]] == [monthly["id"]]
    assert [one["id"] for one in stripe.get("prices", product=once["product"])["data"]] == [once["id"]]
    assert [one["id"] for one in stripe.get("products", active="true")["data"]] == [monthly["product"]]


@pytest.mark.parametrize(
    ("params", "code", "param"),
    [
        ({"unit_amount": "5", "product": "prod_x", "currency": "usd"}, "resource_missing", "product"),
        ({"product_data[name]": "Tea", "currency": "usd"}, "parameter_missing", "unit_amount"),
        ({"unit_amount": "5", "currency": "usd"}, None, "product"),
        ({"unit_amount": "5", "currency": "xyz", "product_data[name]": "Tea"}, None, "currency"),
        (
            {"unit_amount": "100000000", "currency": "usd", "product_data[name]": "Tea"},
            "parameter_invalid_integer",
            "unit_amount",
        ),
        (
            {
                "unit_amount": "5",
                "currency": "usd",
                "product_data[name]": "Tea",
                "recurring[interval]": "year",
                "recurring[interval_count]": "4",
            },
            None,
            "recurring[interval_count]",
        ),
    ],
)
def test_a_price_is_refused_with_the_parameter_named(stripe: Any, params: dict[str, str], code: str | None, param: str) -> None:
    assert refusal(stripe, "prices", **params) == (400, code, param)


def test_a_lookup_key_belongs_to_one_price_and_can_be_transferred(stripe: Any) -> None:
    first = price_of(stripe, lookup_key="mug")
    again = {"currency": "usd", "unit_amount": "800", "product": first["product"], "lookup_key": "mug"}
    assert refusal(stripe, "prices", **again) == (400, "resource_already_exists", "lookup_key")
    second = stripe.post("prices", **again, transfer_lookup_key="true")
    assert stripe.get(f"prices/{first['id']}")["lookup_key"] is None
    back = {"lookup_key": "mug"}
    assert refusal(stripe, f"prices/{first['id']}", **back) == (400, "resource_already_exists", "lookup_key")
    assert stripe.post(f"prices/{second['id']}", **back)["lookup_key"] == "mug"


def test_a_session_sells_an_existing_price(stripe: Any) -> None:
    price = price_of(stripe)
    session = session_of(stripe, **{f"{ITEM}[price]": price["id"], f"{ITEM}[quantity]": "2"})
    stripe.pay(session)
    (item,) = stripe.get(f"checkout/sessions/{session['id']}/line_items")["data"]
    assert (session["amount_total"], item["price"]["id"], item["description"]) == (1400, price["id"], "Mug")


def test_a_session_sells_an_existing_product_at_an_inline_price(stripe: Any) -> None:
    product = stripe.post("products", name="Tea")["id"]
    amount = {f"{ITEM}[price_data][currency]": "usd", f"{ITEM}[price_data][unit_amount]": "900"}
    wanted = session_params(**amount, **{f"{ITEM}[price_data][product_data][name]": None})
    session = stripe.post("checkout/sessions", **wanted, **{f"{ITEM}[price_data][product]": product})
    (item,) = stripe.get(f"checkout/sessions/{session['id']}/line_items")["data"]
    assert (item["price"]["product"], item["description"], item["amount_total"]) == (product, "Tea", 900)


def test_a_subscription_renews_at_an_existing_price(stripe: Any) -> None:
    price = price_of(stripe, **{"recurring[interval]": "month"})
    session = session_of(stripe, mode="subscription", **{f"{ITEM}[price]": price["id"]})
    stripe.pay(session)
    stripe.act(session, "renew")
    assert [one["amount_paid"] for one in stripe.get("invoices")["data"]] == [700, 700]
    assert stripe.get("subscriptions")["data"][0]["items"]["data"][0]["price"]["id"] == price["id"]


@pytest.mark.parametrize(("status", "count"), [(None, 1), ("all", 2), ("ended", 1), ("active", 1), ("past_due", 0)])
def test_subscriptions_are_listed_without_the_canceled_unless_asked(stripe: Any, status: str | None, count: int) -> None:
    for action in ("renew", "cancel_subscription"):
        session = stripe.session(**SUBSCRIPTION)
        stripe.pay(session)
        stripe.act(session, action)
    assert len(stripe.get("subscriptions", **({"status": status} if status else {}))["data"]) == count


def test_an_inactive_price_is_not_sold(stripe: Any) -> None:
    price = price_of(stripe)["id"]
    stripe.post(f"prices/{price}", active="false")
    wanted = {name: value for name, value in session_params().items() if "price_data" not in name}
    assert refusal(stripe, "checkout/sessions", **wanted, **{f"{ITEM}[price]": price}) == (400, None, f"{ITEM}[price]")


@pytest.mark.parametrize(
    ("params", "code", "param"),
    [
        ({}, None, None),
        ({"percent_off": "10", "amount_off": "5", "currency": "usd"}, None, None),
        ({"percent_off": "101"}, None, "percent_off"),
        ({"amount_off": "5"}, "parameter_missing", "currency"),
        ({"percent_off": "5", "duration": "repeating"}, "parameter_missing", "duration_in_months"),
        ({"percent_off": "5", "redeem_by": "1"}, None, "redeem_by"),
        ({"percent_off": "5", "applies_to[products][0]": "prod_x"}, "resource_missing", "applies_to[products]"),
    ],
)
def test_a_coupon_is_refused_with_the_parameter_named(
    stripe: Any, params: dict[str, str], code: str | None, param: str | None
) -> None:
    assert refusal(stripe, "coupons", **params) == (400, code, param)


def test_a_coupon_takes_its_share_of_a_session(stripe: Any) -> None:
    coupon = stripe.post("coupons", percent_off="12.5", id="SPRING")
    session = stripe.session(**{"discounts[0][coupon]": coupon["id"]})
    stripe.pay(session)
    assert (session["amount_total"], stripe.get("charges")["data"][0]["amount"]) == (875, 875)
    assert stripe.get("coupons/SPRING")["times_redeemed"] == 1


def test_a_coupon_ends_at_its_time(stripe: Any) -> None:
    stripe.post("coupons", percent_off="10", id="SPRING", redeem_by=str(int(stripe.now) + 60))
    stripe.now += 61
    assert (stripe.get("coupons/SPRING")["valid"], stripe.get("coupons")["data"][0]["valid"]) == (False, False)


def test_a_promotion_code_is_found_by_its_code_and_ends_with_its_coupon(stripe: Any) -> None:
    stripe.post("coupons", percent_off="10", id="SPRING")
    promotion = {"promotion[type]": "coupon", "promotion[coupon]": "SPRING", "code": "TEN"}
    code = stripe.post("promotion_codes", **promotion)
    assert refusal(stripe, "promotion_codes", **promotion) == (400, "resource_already_exists", "code")
    assert [one["id"] for one in stripe.get("promotion_codes", code="TEN", coupon="SPRING")["data"]] == [code["id"]]
    stripe.api("DELETE", "coupons/SPRING")
    assert stripe.get("promotion_codes")["data"] == []


def test_two_active_promotion_codes_are_never_the_same(stripe: Any) -> None:
    stripe.post("coupons", percent_off="10", id="SPRING")
    promotion = {"promotion[type]": "coupon", "promotion[coupon]": "SPRING"}
    first = stripe.post("promotion_codes", **promotion, code="TEN", active="false")["id"]
    stripe.post("promotion_codes", **promotion, code="ten")
    assert refusal(stripe, f"promotion_codes/{first}", active="true") == (400, "resource_already_exists", "active")


def test_a_session_can_be_read_after_its_coupon_is_deleted(stripe: Any) -> None:
    stripe.post("coupons", percent_off="10", id="SPRING")
    session = stripe.session(**{"discounts[0][coupon]": "SPRING"})
    stripe.api("DELETE", "coupons/SPRING")
    shown = stripe.get(f"checkout/sessions/{session['id']}", **{"expand[0]": "discounts.coupon"})
    assert (shown["discounts"][0]["coupon"], shown["amount_total"]) == ("SPRING", 900)


def test_hidden_values_are_shown_if_they_are_asked_for(stripe: Any) -> None:
    product = price_of(stripe)["product"]
    stripe.post("coupons", percent_off="10", id="SPRING", **{"applies_to[products][0]": product})
    stripe.pay(stripe.session(**SUBSCRIPTION))
    customer = stripe.get("customers")["data"][0]["id"]
    paths = {"expand[0]": "sources", "expand[1]": "subscriptions", "expand[2]": "tax_ids", "expand[3]": "default_source"}
    shown = stripe.get(f"customers/{customer}", **paths)
    assert (shown["sources"]["data"], len(shown["subscriptions"]["data"])) == ([], 1)
    assert stripe.get("coupons/SPRING", **{"expand[0]": "applies_to"})["applies_to"] == {"products": [product]}
    assert "applies_to" not in stripe.get("coupons/SPRING")
    (charge,) = stripe.get("charges", **{"expand[0]": "data.refunds"})["data"]
    assert charge["refunds"]["data"] == []


def test_a_link_sells_an_existing_price_again_and_again(stripe: Any) -> None:
    price = price_of(stripe)["id"]
    link = stripe.post("payment_links", **{f"{ITEM}[price]": price, f"{ITEM}[quantity]": "1"})
    for _ in range(2):
        visited = stripe.ask("GET", urlsplit(link["url"]).path)
        stripe.pay({"id": visited.headers["location"].rpartition("/")[2].partition("#")[0]})
    assert [one["amount"] for one in stripe.get("charges")["data"]] == [700, 700]
    assert stripe.get(f"payment_links/{link['id']}/line_items")["data"][0]["price"]["id"] == price
