"""A seller ships an order or hands it out: its fulfillment moves on, and completes the order."""

from typing import Any

import pytest

from support.sandbox_clients import SquareClient, order, read_error

RECIPIENT = {"display_name": "Ada Lovelace"}
SHIPMENT = {"type": "SHIPMENT", "shipment_details": {"recipient": RECIPIENT}}
PICKUP = {"type": "PICKUP", "pickup_details": {"recipient": RECIPIENT, "schedule_type": "ASAP"}}
NOW = "2026-05-28T20:26:40.000Z"


@pytest.fixture
def square(stripe: Any) -> SquareClient:
    return SquareClient(stripe)


def paid(square: SquareClient, fulfillment: Any = SHIPMENT) -> Any:
    link = square.link(order=order(fulfillments=[{**fulfillment, "uid": "parcel"}]))
    square.pay(link)
    return link


def update(square: SquareClient, link: Any, version: int | None = None, **change: Any) -> Any:
    version = version or square.read_order(link)["version"]
    body = {"order": {"version": version, "fulfillments": [{"uid": "parcel", **change}]}}
    return square.api("PUT", f"orders/{link['order_id']}", json=body)


def test_a_shipped_order_is_complete(square: SquareClient) -> None:
    link = paid(square)
    made = update(square, link, state="COMPLETED", shipment_details={"carrier": "Post", "tracking_number": "1"}).json()["order"]
    details = made["fulfillments"][0]["shipment_details"]
    assert (made["state"], made["closed_at"], details["shipped_at"]) == ("COMPLETED", NOW, NOW)
    assert (details["tracking_number"], details["recipient"]) == ("1", RECIPIENT)
    assert square.read_order(link) == made


@pytest.mark.parametrize(
    ("fulfillment", "state", "time"),
    [
        (SHIPMENT, "RESERVED", "in_progress_at"),
        (SHIPMENT, "PREPARED", "packaged_at"),
        (SHIPMENT, "CANCELED", "canceled_at"),
        (SHIPMENT, "FAILED", "failed_at"),
        (PICKUP, "RESERVED", "accepted_at"),
        (PICKUP, "PREPARED", "ready_at"),
        (PICKUP, "CANCELED", "canceled_at"),
        (PICKUP, "FAILED", "rejected_at"),
    ],
)
def test_each_state_has_its_time_and_leaves_the_order_open(
    square: SquareClient, fulfillment: Any, state: str, time: str
) -> None:
    made = update(square, paid(square, fulfillment), state=state).json()["order"]
    (only,) = made["fulfillments"]
    assert (only["state"], only[f"{fulfillment['type'].lower()}_details"][time], made["state"]) == (state, NOW, "OPEN")


def test_a_change_is_told_with_the_old_and_the_new_state(square: SquareClient) -> None:
    link = paid(square)
    square.listen(event_types=["order.updated", "order.fulfillment.updated"])
    update(square, link, state="RESERVED")
    update(square, link, shipment_details={"carrier": "Post"})
    types = [event["type"] for event in square.heard()]
    assert types == ["order.updated", "order.fulfillment.updated", "order.updated"]
    told = square.heard()[1]["data"]["object"]["order_fulfillment_updated"]
    assert told["fulfillment_update"] == [{"fulfillment_uid": "parcel", "old_state": "PROPOSED", "new_state": "RESERVED"}]


def test_a_change_keeps_what_it_does_not_name(square: SquareClient) -> None:
    link = paid(square)
    update(square, link, shipment_details={"recipient": {"address": {"locality": "Sabadell", "country": "ES"}}})
    made = update(square, link, shipment_details={"recipient": {"address": {"postal_code": "08201"}}}).json()["order"]
    address = {"locality": "Sabadell", "country": "ES", "postal_code": "08201"}
    assert made["fulfillments"][0]["shipment_details"]["recipient"] == {**RECIPIENT, "address": address}


def test_changes_of_one_fulfillment_add_up(square: SquareClient) -> None:
    link = paid(square)
    changes = [{"uid": "parcel", "state": "RESERVED"}, {"uid": "parcel", "shipment_details": {"carrier": "Post"}}]
    body = {"order": {"version": square.read_order(link)["version"], "fulfillments": changes}}
    (made,) = square.api("PUT", f"orders/{link['order_id']}", json=body).json()["order"]["fulfillments"]
    assert (made["state"], made["shipment_details"]["carrier"]) == ("RESERVED", "Post")


def test_a_complete_order_is_paid_and_can_be_refunded(square: SquareClient) -> None:
    link = paid(square)
    update(square, link, state="COMPLETED")
    assert "This order is paid" in square.look(link).text
    assert square.refund(square.read_payment(link), 400).status_code == 200


@pytest.mark.parametrize(
    ("before", "change", "refusal"),
    [
        pytest.param("", {"version": 1}, (409, "CONFLICT", "order.version"), id="an old version"),
        pytest.param("", {"uid": "x"}, (404, "NOT_FOUND", "order.fulfillments[0].uid"), id="no such fulfillment"),
        pytest.param(
            "",
            {"pickup_details": {}},
            (400, "CONFLICTING_PARAMETERS", "order.fulfillments[0].pickup_details"),
            id="details of a pickup",
        ),
        pytest.param(
            "",
            {"shipment_details": {"recipient": {"customer_id": "x"}}},
            (404, "NOT_FOUND", "order.fulfillments[0].shipment_details.recipient.customer_id"),
            id="no such customer",
        ),
        pytest.param(
            "",
            {"shipment_details": {"expected_shipped_at": "2026-13-01T00:00:00Z"}},
            (400, "INVALID_TIME", "order.fulfillments[0].shipment_details.expected_shipped_at"),
            id="no such month",
        ),
        pytest.param("", {"state": "LOST"}, (400, "INVALID_ENUM_VALUE", "order.fulfillments[0].state"), id="no such state"),
        pytest.param("COMPLETED", {"state": "RESERVED"}, (400, "BAD_REQUEST", "order"), id="a complete order"),
        pytest.param("CANCELED", {}, (400, "BAD_REQUEST", "order.fulfillments[0]"), id="a canceled fulfillment"),
    ],
)
def test_an_update_is_refused_with_the_field_named(square: SquareClient, before: str, change: Any, refusal: Any) -> None:
    link = paid(square)
    if before:
        update(square, link, state=before)
    assert read_error(update(square, link, **change)) == refusal


def test_an_unpaid_order_is_not_shipped(square: SquareClient) -> None:
    assert read_error(update(square, square.link(order=order(fulfillments=[SHIPMENT])))) == (400, "BAD_REQUEST", "order")


def test_the_location_of_an_update_is_the_orders(square: SquareClient) -> None:
    body = {"order": {"version": 3, "location_id": "LSANDBOXEUR", "fulfillments": [{"uid": "parcel"}]}}
    answer = square.api("PUT", f"orders/{paid(square)['order_id']}", json=body)
    assert read_error(answer) == (400, "LOCATION_MISMATCH", "order.location_id")


def test_what_was_paid_for_cannot_be_changed(square: SquareClient) -> None:
    body = {"order": {"version": 3, "fulfillments": [{"uid": "parcel"}], "line_items": [{"quantity": "1"}]}}
    answer = square.api("PUT", f"orders/{paid(square)['order_id']}", json=body)
    assert read_error(answer) == (400, "SANDBOX_NOT_SUPPORTED", "order.line_items")
