"""Patches of an order: what PayPal lets a shop change, with which operation, and until when."""

from typing import Any

import pytest

from support.sandbox_clients import ORDERS, PayPalClient, amount, issues, item, paypal_money, source, unit

AT = "/purchase_units/@reference_id=='default'"
BERLIN = {"address_line_1": "Am Ufer 1", "admin_area_2": "Berlin", "postal_code": "10999", "country_code": "DE"}


@pytest.fixture
def paypal(stripe: Any) -> PayPalClient:
    return PayPalClient(stripe)


def patch(op: str, attribute: str, *value: Any) -> dict[str, Any]:
    return {"op": op, "path": f"{AT}/{attribute}", **({"value": value[0]} if value else {})}


def patched(paypal: PayPalClient, *patches: Any, **order: Any) -> tuple[Any, Any]:
    made = paypal.order(**{"payment_source": None} | order)
    return made, paypal.api("PATCH", f"{ORDERS}/{made['id']}", list(patches))


def unit_after(paypal: PayPalClient, *patches: Any, **order: Any) -> Any:
    made, answer = patched(paypal, *patches, **order)
    assert (answer.status_code, answer.content) == (204, b"")
    return paypal.read(made)["purchase_units"][0]


def test_a_patch_changes_the_amount(paypal: PayPalClient) -> None:
    shown = unit_after(paypal, patch("replace", "amount", amount("12", item_total="10", shipping="2")))
    assert shown["amount"]["value"] == "12.00"


def test_a_patch_adds_and_removes_texts(paypal: PayPalClient) -> None:
    shown = unit_after(paypal, patch("add", "invoice_id", "i"), patch("remove", "custom_id"))
    assert (shown["invoice_id"], "custom_id" in shown) == ("i", False)


def test_items_and_their_amount_are_replaced_together(paypal: PayPalClient) -> None:
    shown = unit_after(
        paypal,
        patch("replace", "items", [item(quantity="3")]),
        patch("replace", "amount", amount("30", item_total="30")),
    )
    assert (shown["items"][0]["quantity"], shown["amount"]["value"]) == ("3", "30.00")


def test_a_patch_gives_an_address_a_name_and_contacts(paypal: PayPalClient) -> None:
    phone = {"country_code": "34", "national_number": "600123456"}
    shown = unit_after(
        paypal,
        patch("add", "shipping/address", BERLIN),
        patch("add", "shipping/name", {"full_name": "Ada L"}),
        patch("add", "shipping/email_address", "a@b.co"),
        patch("add", "shipping/phone_number", phone),
    )
    assert shown["shipping"] == {
        "address": BERLIN,
        "name": {"full_name": "Ada L"},
        "email_address": "a@b.co",
        "phone_number": phone,
    }


def test_a_patch_replaces_delivery_options_with_the_fitting_amount(paypal: PayPalClient) -> None:
    options = [{"id": "p", "label": "Post", "selected": True, "amount": paypal_money("2.5")}]
    shown = unit_after(
        paypal,
        patch("add", "shipping/options", options),
        patch("replace", "amount", amount("12.5", item_total="10", shipping="2.5")),
    )
    assert shown["shipping"]["options"][0]["amount"]["value"] == "2.50"


def test_the_intent_can_be_replaced_by_itself(paypal: PayPalClient) -> None:
    _, answer = patched(paypal, {"op": "replace", "path": "/intent", "value": "CAPTURE"})
    assert answer.status_code == 204


@pytest.mark.parametrize(
    ("wrong", "issue", "status"),
    [
        ({"op": "replace", "path": "/intent", "value": "AUTHORIZE"}, "SANDBOX_NOT_IMITATED", 400),
        ({"op": "replace", "path": "/payer", "value": {}}, "SANDBOX_NOT_IMITATED", 400),
        (patch("replace", "payee/email", "a@b.co"), "SANDBOX_NOT_IMITATED", 400),
        ({"op": "replace", "path": "intent", "value": "CAPTURE"}, "INVALID_JSON_POINTER_FORMAT", 422),
        ({"op": "replace", "path": "/colour", "value": "red"}, "INVALID_JSON_POINTER_FORMAT", 422),
        (patch("replace", "shipping", {"address": BERLIN}), "INVALID_JSON_POINTER_FORMAT", 422),
        ({"op": "replace", "path": "/purchase_units/@reference_id=='x'/amount"}, "REFERENCE_ID_NOT_FOUND", 422),
        ({"op": "replace", "value": "x"}, "PATCH_PATH_REQUIRED", 422),
        (patch("replace", "reference_id", "x"), "NOT_PATCHABLE", 422),
        (patch("replace", "items", []), "INVALID_PARAMETER_VALUE", 400),
        (patch("add", "shipping/type", "SHIPPING"), "UNSUPPORTED_PATCH_PARAMETER_VALUE", 422),
        (patch("remove", "amount"), "INVALID_PATCH_OPERATION", 400),
        (patch("remove", "shipping/address"), "INVALID_PATCH_OPERATION", 400),
        (patch("add", "soft_descriptor", "TEA"), "INVALID_PATCH_OPERATION", 400),
        (patch("add", "custom_id", "x"), "INVALID_PATCH_OPERATION", 400),
        (patch("replace", "invoice_id", "i"), "INVALID_PATCH_OPERATION", 400),
        (patch("remove", "invoice_id"), "INVALID_PATCH_OPERATION", 400),
        (patch("add", "invoice_id"), "PATCH_VALUE_REQUIRED", 422),
        (patch("replace", "custom_id", 7), "INVALID_PARAMETER_SYNTAX", 400),
        (patch("add", "shipping/address", {"country_code": "XX"}), "INVALID_PARAMETER_VALUE", 400),
        (patch("add", "shipping/address", {"country_code": "DE", "admin_area_2": "Berlin"}), "POSTAL_CODE_REQUIRED", 422),
        (patch("add", "shipping/address", {**BERLIN, "street": "x"}), "SANDBOX_UNKNOWN_FIELD", 400),
        (patch("replace", "amount", paypal_money("11.00")), "ITEM_TOTAL_REQUIRED", 422),
        ({**patch("replace", "custom_id", "x"), "from": "/intent"}, "SANDBOX_NOT_IMITATED", 400),
        ({"op": "move", "path": f"{AT}/amount"}, "INVALID_PARAMETER_VALUE", 400),
    ],
)
def test_a_patch_that_cannot_be_is_refused_and_changes_nothing(
    paypal: PayPalClient, wrong: Any, issue: str, status: int
) -> None:
    order, answer = patched(paypal, patch("add", "description", "Tea"), wrong)
    assert issues(answer, status) == [issue]
    assert "description" not in paypal.read(order)["purchase_units"][0]


def test_only_created_and_approved_orders_are_patched(paypal: PayPalClient) -> None:
    change = patch("replace", "custom_id", "x")
    waiting, answer = patched(paypal, change, payment_source=source())
    paypal.visit(waiting, "approve")
    approved = paypal.api("PATCH", f"{ORDERS}/{waiting['id']}", [change])
    paypal.capture(waiting)
    completed = paypal.api("PATCH", f"{ORDERS}/{waiting['id']}", [change])
    assert (issues(answer), approved.status_code) == (["NOT_PATCHABLE"], 204)
    assert issues(completed) == ["ORDER_ALREADY_COMPLETED"]


@pytest.mark.parametrize(
    ("user_action", "total", "expected"),
    [
        ("PAY_NOW", "12.00", ["AMOUNT_CHANGE_NOT_ALLOWED"]),
        ("PAY_NOW", "9.00", []),
        ("CONTINUE", "12.00", []),
    ],
)
def test_more_than_the_payer_saw_on_the_button_cannot_be_asked_for(
    paypal: PayPalClient, user_action: str, total: str, expected: list[str]
) -> None:
    order = paypal.order(payment_source=source(user_action=user_action))
    paypal.visit(order, "approve")
    change = patch("replace", "amount", amount(total, item_total="10", shipping="2", discount=f"{12 - float(total)}"))
    answer = paypal.api("PATCH", f"{ORDERS}/{order['id']}", [change])
    assert (issues(answer) if answer.status_code != 204 else []) == expected


def test_a_patched_amount_is_what_is_captured(paypal: PayPalClient) -> None:
    order = paypal.order(purchase_units=[unit()])
    paypal.visit(order, "approve")
    change = patch("replace", "amount", amount("12.00", item_total="10", shipping="2"))
    paypal.api("PATCH", f"{ORDERS}/{order['id']}", [change])
    (capture,) = paypal.capture(order).json()["purchase_units"][0]["payments"]["captures"]
    assert capture["amount"]["value"] == "12.00"
