"""Tracking: shipments of a captured order, their carriers, and what can be changed in them."""

from pathlib import Path
from typing import Any

import pytest
from paypalserversdk.models.shipment_carrier import ShipmentCarrier

from lightning_cart_sandbox.paypal.tracking_parameters import carriers
from support.sandbox_clients import ORDERS, PayPalClient, SandboxClient, given, issues, item, parent_id, unit


@pytest.fixture
def paypal(stripe: Any) -> PayPalClient:
    return PayPalClient(stripe)


@pytest.fixture
def capture(paypal: PayPalClient) -> Any:
    return paypal.captured(purchase_units=[unit(items=[item(sku="mug-1")])])


def track(paypal: PayPalClient, capture: Any, **changes: Any) -> Any:
    body = {"capture_id": capture["id"], "tracking_number": "JJD01", "carrier": "DHL", **changes}
    return paypal.api("POST", f"{ORDERS}/{parent_id(capture)}/track", given(body))


def patch(paypal: PayPalClient, capture: Any, *patches: Any, tracker: str = "") -> Any:
    tracker = tracker or f"{capture['id']}-JJD01"
    return paypal.api("PATCH", f"{ORDERS}/{parent_id(capture)}/trackers/{tracker}", list(patches))


def trackers(paypal: PayPalClient, capture: Any) -> Any:
    return paypal.read({"id": parent_id(capture)})["purchase_units"][0]["shipping"]["trackers"]


def test_a_shipment_is_in_the_answer_with_its_links(paypal: PayPalClient, capture: Any) -> None:
    items = [{"name": "Mug", "quantity": "1", "sku": "mug-1", "upc": {"type": "UPC-A", "code": "123456789012"}}]
    answer = track(paypal, capture, notify_payer=True, items=items)
    assert (answer.status_code, answer.json()["status"]) == (201, "COMPLETED")
    (tracker,) = answer.json()["purchase_units"][0]["shipping"]["trackers"]
    assert (tracker["id"], tracker["status"], tracker["items"]) == (f"{capture['id']}-JJD01", "SHIPPED", items)
    assert [(link["rel"], link["method"]) for link in tracker["links"]] == [("up", "GET"), ("update", "PATCH")]


def test_an_order_has_its_shipments_oldest_first(paypal: PayPalClient, capture: Any) -> None:
    track(paypal, capture)
    track(paypal, capture, tracking_number="JJD02", carrier="OTHER", carrier_name_other="Bike")
    assert [one["id"].rpartition("-")[2] for one in trackers(paypal, capture)] == ["JJD01", "JJD02"]


def test_the_same_number_again_is_a_repeat(paypal: PayPalClient, capture: Any) -> None:
    assert [track(paypal, capture).status_code for _ in range(2)] == [201, 200]
    assert len(trackers(paypal, capture)) == 1


def test_a_number_with_a_slash_has_a_shipment_of_its_own(paypal: PayPalClient, capture: Any) -> None:
    track(paypal, capture, tracking_number="123")
    track(paypal, capture, tracking_number="12/3")
    cancel = {"op": "replace", "path": "/status", "value": "CANCELLED"}
    link = trackers(paypal, capture)[1]["links"][1]["href"]
    assert paypal.api("PATCH", link.partition("/paypal")[2], [cancel]).status_code == 204
    assert [one["status"] for one in trackers(paypal, capture)] == ["SHIPPED", "CANCELLED"]


def test_a_shipment_needs_no_number(paypal: PayPalClient, capture: Any) -> None:
    assert track(paypal, capture, tracking_number=None, carrier=None).status_code == 201


def test_shipments_outlive_a_restart(tmp_path: Path) -> None:
    first = SandboxClient(state=str(tmp_path / "state.db"))
    paypal = PayPalClient(first)
    capture = paypal.captured()
    track(paypal, capture)
    first.sandbox.store.close()
    second = SandboxClient(state=str(tmp_path / "state.db"))
    assert len(trackers(PayPalClient(second), capture)) == 1
    second.sandbox.store.close()


@pytest.mark.parametrize(
    ("changes", "status", "issue"),
    [
        ({"capture_id": None}, 400, "MISSING_REQUIRED_PARAMETER"),
        ({"capture_id": "a-b"}, 400, "INVALID_PARAMETER_SYNTAX"),
        ({"capture_id": "ABC"}, 422, "CAPTURE_ID_NOT_FOUND"),
        ({"tracking_number": "x" * 65}, 400, "INVALID_STRING_LENGTH"),
        ({"carrier": "PIGEON"}, 400, "INVALID_PARAMETER_VALUE"),
        ({"carrier": ["DHL"]}, 400, "INVALID_PARAMETER_VALUE"),
        ({"carrier": "OTHER"}, 400, "MISSING_REQUIRED_PARAMETER"),
        ({"carrier_name_other": "Bike"}, 400, "INVALID_PARAMETER_VALUE"),
        ({"notify_payer": "yes"}, 400, "INVALID_PARAMETER_SYNTAX"),
        ({"items": [{"sku": "mug-2"}]}, 422, "ITEM_SKU_MISMATCH"),
        ({"items": [{"quantity": 1}]}, 400, "INVALID_PARAMETER_SYNTAX"),
        ({"shipment_date": "2026-09-01"}, 400, "SANDBOX_NOT_IMITATED"),
        ({"colour": "red"}, 400, "SANDBOX_UNKNOWN_FIELD"),
    ],
)
def test_a_shipment_that_cannot_be_is_refused(
    paypal: PayPalClient, capture: Any, changes: Any, status: int, issue: str
) -> None:
    assert issues(track(paypal, capture, **changes), status) == [issue]


def test_an_order_of_several_units_cannot_be_tracked(paypal: PayPalClient) -> None:
    capture = paypal.captured(purchase_units=[unit(reference_id=name) for name in "ab"])
    assert issues(track(paypal, capture)) == ["MSP_NOT_SUPPORTED"]


@pytest.mark.parametrize("amount", ["1.00", ""])
def test_what_was_refunded_is_not_shipped(paypal: PayPalClient, capture: Any, amount: str) -> None:
    paypal.refund(capture, amount)
    assert issues(track(paypal, capture)) == ["CAPTURE_STATUS_NOT_VALID"]


def test_a_pending_capture_is_not_shipped(paypal: PayPalClient) -> None:
    assert issues(track(paypal, paypal.captured("approve_pending"))) == ["CAPTURE_STATUS_NOT_VALID"]


def test_a_capture_of_another_order_is_not_found(paypal: PayPalClient, capture: Any) -> None:
    other = paypal.captured()
    assert issues(track(paypal, capture, capture_id=other["id"])) == ["CAPTURE_ID_NOT_FOUND"]


def test_a_shipment_is_cancelled_and_its_items_are_replaced(paypal: PayPalClient, capture: Any) -> None:
    track(paypal, capture)
    answer = patch(
        paypal,
        capture,
        {"op": "replace", "path": "/status", "value": "CANCELLED"},
        {"op": "replace", "path": "/items", "value": [{"sku": "mug-1"}]},
        {"op": "add", "path": "/notify_payer", "value": True},
    )
    (tracker,) = trackers(paypal, capture)
    assert (answer.status_code, answer.content) == (204, b"")
    assert (tracker["status"], tracker["items"]) == ("CANCELLED", [{"sku": "mug-1"}])


@pytest.mark.parametrize(
    ("wrong", "status", "issue"),
    [
        ({"op": "replace", "path": "/status", "value": "SHIPPED"}, 400, "INVALID_PARAMETER_VALUE"),
        ({"op": "remove", "path": "/status"}, 400, "INVALID_PATCH_OPERATION"),
        ({"op": "add", "path": "/items", "value": []}, 400, "INVALID_PATCH_OPERATION"),
        ({"op": "replace", "path": "/items", "value": [{"sku": "x"}]}, 422, "ITEM_SKU_MISMATCH"),
        ({"op": "replace", "path": "/tracking_number", "value": "x"}, 400, "FIELD_NOT_PATCHABLE"),
        ({"op": "replace", "path": "status", "value": "CANCELLED"}, 422, "INVALID_JSON_POINTER_FORMAT"),
        ({"op": "replace", "path": "/status"}, 422, "PATCH_VALUE_REQUIRED"),
        ({"op": "replace", "value": "CANCELLED"}, 422, "PATCH_PATH_REQUIRED"),
    ],
)
def test_a_patch_of_a_shipment_that_cannot_be_is_refused(
    paypal: PayPalClient, capture: Any, wrong: Any, status: int, issue: str
) -> None:
    track(paypal, capture)
    cancel = {"op": "replace", "path": "/status", "value": "CANCELLED"}
    assert issues(patch(paypal, capture, cancel, wrong), status) == [issue]
    assert trackers(paypal, capture)[0]["status"] == "SHIPPED"


def test_a_shipment_that_is_not_there_or_of_another_order_is_404(paypal: PayPalClient, capture: Any) -> None:
    other = paypal.captured()
    track(paypal, other)
    change = {"op": "replace", "path": "/status", "value": "CANCELLED"}
    answers = [patch(paypal, capture, change), patch(paypal, capture, change, tracker=f"{other['id']}-JJD01")]
    assert [issues(answer, 404) for answer in answers] == [["TRACKER_ID_NOT_FOUND"]] * 2


def test_the_order_page_shows_address_and_shipments(paypal: PayPalClient, capture: Any) -> None:
    track(paypal, capture, carrier="OTHER", carrier_name_other="Bike & Co", notify_payer=True)
    text = paypal.client.ask("GET", f"/paypal/orders/{parent_id(capture)}").text
    for shown in ("Plaça de Sant Roc 20", "JJD01", "Bike &amp; Co", "shipped"):
        assert shown in text


def test_the_carriers_are_those_of_paypals_sdk() -> None:
    known = {value for name, value in vars(ShipmentCarrier).items() if name.isupper()}
    assert carriers() <= known
