"""A payment has a customer: the one that its order names, or the profile of the buyer's e-mail address."""

from typing import Any

import pytest

from support.sandbox_clients import SquareClient, order, read_error


@pytest.fixture
def square(stripe: Any) -> SquareClient:
    return SquareClient(stripe)


def paid_by(square: SquareClient, name: str, email: str, **changes: Any) -> Any:
    link = square.link(**changes)
    assert square.pay(link, name=name, email=email).status_code == 303
    return square.read_payment(link)


def search(square: SquareClient, wanted: Any, **changes: Any) -> Any:
    return square.api("POST", "customers/search", json={"query": {"filter": wanted}, **changes}).json()


def emails(answer: Any) -> list[str]:
    return [one["email_address"] for one in answer.get("customers", [])]


@pytest.fixture
def three(square: SquareClient) -> SquareClient:
    """Return a client whose three customers were created a minute apart."""
    for name, email in (("Grace Hopper", "grace@navy.example"), ("Ada Lovelace", "ada@example.com"), ("Alan", "alan@b.co")):
        paid_by(square, name, email)
        square.client.now += 60
    return square


def test_a_payment_makes_an_instant_profile_of_its_buyer(square: SquareClient) -> None:
    payment = paid_by(square, "Ada King Lovelace", "ada@example.com")
    customer = square.get(f"customers/{payment['customer_id']}")["customer"]
    assert (customer["given_name"], customer["family_name"]) == ("Ada King", "Lovelace")
    assert (customer["email_address"], customer["creation_source"]) == ("ada@example.com", "INSTANT_PROFILE")
    assert payment["buyer_email_address"] == "ada@example.com"


def test_a_tender_names_the_customer(square: SquareClient) -> None:
    link = square.link()
    square.pay(link, gift_card="4.00")
    tenders = square.read_order(link)["tenders"]
    assert [one["customer_id"] for one in tenders] == [square.read_payment(link)["customer_id"]] * 2


def test_the_same_address_is_the_same_customer(square: SquareClient) -> None:
    first, second = (paid_by(square, "Ada Lovelace", "ada@example.com") for _ in range(2))
    assert first["customer_id"] == second["customer_id"]
    assert len(square.get("customers")["customers"]) == 1


def test_the_customer_that_an_order_names_pays_it(square: SquareClient) -> None:
    known = paid_by(square, "Ada Lovelace", "ada@example.com")["customer_id"]
    payment = paid_by(square, "Grace Hopper", "grace@navy.example", order=order(customer_id=known))
    assert (payment["customer_id"], payment["buyer_email_address"]) == (known, "grace@navy.example")
    assert len(square.get("customers")["customers"]) == 1


def test_a_declined_card_makes_no_profile(square: SquareClient) -> None:
    square.pay(square.link(), cvc="911")
    assert square.get("customers") == {}


def test_a_profile_is_told_once(square: SquareClient) -> None:
    square.listen(event_types=["customer.created"])
    customer = paid_by(square, "Ada", "ada@example.com")["customer_id"]
    paid_by(square, "Ada", "ada@example.com")
    (event,) = square.heard()
    assert (event["type"], event["data"]["type"], event["data"]["id"]) == ("customer.created", "customer", customer)


def test_customers_are_listed_by_name(three: SquareClient) -> None:
    assert emails(three.get("customers")) == ["ada@example.com", "alan@b.co", "grace@navy.example"]
    assert emails(three.get("customers", sort_order="DESC"))[0] == "grace@navy.example"


def test_customers_are_listed_by_time_in_pages(three: SquareClient) -> None:
    first = three.get("customers", sort_field="CREATED_AT", limit=2, count="true")
    second = three.get("customers", sort_field="CREATED_AT", cursor=first["cursor"])
    assert (emails(first), emails(second)) == (["grace@navy.example", "ada@example.com"], ["alan@b.co"])
    assert (first["count"], "count" in second, "cursor" in second) == (3, False, False)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, ["ada@example.com", "alan@b.co", "grace@navy.example"]),
        ({"email_address": {"exact": "ADA@example.com"}}, ["ada@example.com"]),
        ({"email_address": {"exact": "ada"}}, []),
        ({"email_address": {"fuzzy": "example"}}, ["ada@example.com", "grace@navy.example"]),
        ({"phone_number": {"exact": "+14155550123"}}, []),
        ({"created_at": {"start_at": "2026-05-28T20:27:30Z"}}, ["ada@example.com", "alan@b.co"]),
        ({"created_at": {"end_at": "2026-05-28T20:27:30Z"}, "email_address": {"fuzzy": "a"}}, ["grace@navy.example"]),
    ],
)
def test_customers_are_searched(three: SquareClient, wanted: Any, found: list[str]) -> None:
    assert sorted(emails(search(three, wanted))) == found


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"query": {"filter": {"group_ids": {"all": ["x"]}}}}, "SANDBOX_NOT_SUPPORTED", "query.filter.group_ids"),
        ({"query": {"filter": {"name": {"exact": "Ada"}}}}, "BAD_REQUEST", "query.filter.name"),
        ({"limit": 101}, "VALUE_TOO_HIGH", "limit"),
        ({"cursor": "x"}, "INVALID_CURSOR", "cursor"),
        ({"query": {"sort": {"field": "NAME"}}}, "INVALID_ENUM_VALUE", "query.sort.field"),
    ],
)
def test_a_search_is_refused_with_the_field_named(square: SquareClient, body: Any, code: str, field: str) -> None:
    assert read_error(square.api("POST", "customers/search", json=body)) == (400, code, field)


def test_a_customer_that_is_none_is_not_found(square: SquareClient) -> None:
    assert read_error(square.api("GET", "customers/x")) == (404, "NOT_FOUND", None)


def test_a_shipment_takes_names_and_address_from_its_customer(square: SquareClient) -> None:
    known = paid_by(square, "Ada Lovelace", "ada@example.com")["customer_id"]
    details = {"recipient": {"customer_id": known, "phone_number": "+14155550123"}}
    link = square.link(order=order(fulfillments=[{"type": "SHIPMENT", "shipment_details": details}]))
    recipient = square.read_order(link)["fulfillments"][0]["shipment_details"]["recipient"]
    assert (recipient["display_name"], recipient["email_address"]) == ("Ada Lovelace", "ada@example.com")
