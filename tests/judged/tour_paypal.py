"""A tour that calls every route of the sandbox's PayPal in every state, and makes it send every event."""

import json
from dataclasses import dataclass

from judged.paypal_mistakes import ADDRESS, UNIT, wrong_bodies, wrong_deliveries, wrong_patches
from judged.paypal_types import JUDGE, kind_of, route_of
from judged.visits import Visit
from judged.watch import Answer, Judge, watching
from lightning_cart_sandbox.paypal.endpoints import ENDPOINTS
from lightning_cart_sandbox.types import Json
from support.sandbox_clients import (
    ORDERS,
    PayPalClient,
    SandboxClient,
    amount,
    item,
    order_body,
    parent_id,
    paypal_money,
    source,
    unit,
)

_TYPED = {
    "ship_name": "Ada",
    "ship_country": "DE",
    "ship_line_1": "Straße 1",
    "ship_city": "Berlin",
    "ship_postal_code": "10115",
}
_WEBHOOKS, _EVENTS = "/v1/notifications/webhooks", "/v1/notifications/webhooks-events"


@dataclass(frozen=True)
class PayPalVisit(Visit):
    """One answer or webhook of PayPal.

    Attributes:
        judged_as: What `findings` holds the document to.
    """

    judged_as: str


def tour() -> list[PayPalVisit]:
    """Take the tour; return what was answered and sent."""
    visits: list[PayPalVisit] = []

    def record_answer(answer: Answer) -> list[str]:
        route = route_of(answer.method, answer.path)
        visits.append(PayPalVisit(route, answer.status, answer.document, kind_of(answer)))
        return []

    def record_event(event_type: str, document: Json) -> list[str]:
        visits.append(PayPalVisit(event_type, 0, document, event_type))
        return []

    with watching([Judge("paypal", JUDGE.api, record_answer, record_event)]):
        client = SandboxClient()
        paypal = PayPalClient(client)
        paypal.listen()
        for part in _PARTS:
            part(paypal)
        client.sandbox.store.close()
    return visits


def _tokens(paypal: PayPalClient) -> None:
    paypal.fetch_token(("client", ""))
    paypal.fetch_token(grant_type="password")
    paypal.api("GET", f"{ORDERS}/x", authorization="")
    paypal.api("GET", f"{ORDERS}/x", authorization="Bearer x")
    paypal.api("GET", "/v2/checkout/baskets")
    paypal.create(content_type="text/plain")
    paypal.client.ask("POST", f"/paypal{ORDERS}", headers=_json(paypal), content=b"{")
    paypal.client.ask("POST", f"/paypal{ORDERS}", headers=_json(paypal), content=b" " * (1024 * 1024 + 1))


def _orders(paypal: PayPalClient) -> None:
    breakdown = amount(
        "29.00", item_total="20.00", tax_total="4.00", shipping="5.00", handling="2.00", insurance="1.00", discount="3.00"
    )
    items = [item(quantity="2", tax=paypal_money("2.00"), description="With a lid", sku="mug", category="PHYSICAL_GOODS")]
    full = unit(amount=breakdown, items=items, invoice_id="inv", reference_id="a", description="d" * 130, soft_descriptor="X")
    wallet = source(shipping_preference="SET_PROVIDED_ADDRESS")["paypal"] | {
        "email_address": "b@b.co",
        "name": {"given_name": "Bo", "surname": "B: C"},
    }
    shipping = {"name": {"full_name": "Bo B"}, "address": ADDRESS}
    order = paypal.order(purchase_units=[full | {"shipping": shipping}], payment_source={"paypal": wallet})
    for preferred in ("return=minimal", "return=representation"):
        paypal.create(order_body(payment_source=None), prefer=preferred)
        paypal.create(order_body(), prefer=preferred, paypal_request_id="once")
    for request_id in ("k" * 109, ""):
        paypal.create(order_body(), paypal_request_id=request_id)
    paypal.create(order_body(), prefer="return=everything")
    paypal.api("GET", f"{ORDERS}/{order['id']}")
    paypal.api("GET", f"{ORDERS}/none")
    paypal.captured(purchase_units=[{"amount": amount("1000", "JPY")}], payment_source=None)
    paypal.visit(order, "approve")
    paypal.read(order)
    paypal.client.ask("POST", f"/paypal/orders/{order['id']}", data={"action": "reverse_approval"})
    paypal.api("GET", f"{ORDERS}/{order['id']}")


def _refused_orders(paypal: PayPalClient) -> None:
    for body in wrong_bodies():
        paypal.create(body)
    for preference, shipping in wrong_deliveries():
        context = source(shipping_preference=preference)
        paypal.create(order_body(purchase_units=[unit(shipping=shipping)], payment_source=context))


def _deliveries(paypal: PayPalClient) -> None:
    options = [
        {"id": name, "label": name, "selected": name == "post", "type": kind, "amount": paypal_money(cost)}
        for name, kind, cost in (("post", "SHIPPING", "2.00"), ("shop", "PICKUP_IN_STORE", "0.00"))
    ]
    shipping = {"options": options, "email_address": "b@b.co", "phone_number": {"country_code": "34", "national_number": "1"}}
    total = amount("12.00", item_total="10.00", shipping="2.00")
    order = paypal.order(purchase_units=[unit(amount=total, items=[item(sku="mug")], shipping=shipping)])
    paypal.visit(order, "approve", address="another", **_TYPED)
    paypal.read(order)
    paypal.visit(order, "approve", address="home")
    paypal.read(order)
    capture = paypal.capture(order).json()["purchase_units"][0]["payments"]["captures"][0]
    path = f"{ORDERS}/{order['id']}"
    tracked = {
        "capture_id": capture["id"],
        "tracking_number": "JJD01",
        "carrier": "DHL",
        "items": [{"name": "Mug", "sku": "mug"}],
    }
    for changes in (
        {},
        {},
        {"carrier": "PIGEON"},
        {"carrier": "OTHER"},
        {"capture_id": "ABC"},
        {"items": [{"sku": "cup"}]},
        {"tracking_number": "x" * 65},
        {"tracking_number": None},
    ):
        paypal.api("POST", f"{path}/track", tracked | changes)
    paypal.read(order)
    tracker = f"{path}/trackers/{capture['id']}-JJD01"
    for operation, pointer, value in (
        ("replace", "/status", "CANCELLED"),
        ("replace", "/status", "SHIPPED"),
        ("replace", "/items", [{"sku": "cup"}]),
        ("replace", "/carrier", "DHL"),
        ("remove", "/status", None),
    ):
        paypal.api("PATCH", tracker, [{"op": operation, "path": pointer, "value": value}])
    paypal.api("PATCH", f"{path}/trackers/none", [{"op": "replace", "path": "/status", "value": "CANCELLED"}])
    unpaid = paypal.order()
    paypal.api("POST", f"{ORDERS}/{unpaid['id']}/track", tracked)


def _patches(paypal: PayPalClient) -> None:
    order = paypal.order(payment_source=None)
    for patches in (
        [{"op": "replace", "path": f"{UNIT}/amount", "value": amount("12.00", item_total="10.00", shipping="2.00")}],
        [{"op": "add", "path": f"{UNIT}/invoice_id", "value": "inv-2"}],
        *wrong_patches(),
    ):
        paypal.api("PATCH", f"{ORDERS}/{order['id']}", patches)
    paid = paypal.captured()
    patch = [{"op": "replace", "path": f"{UNIT}/custom_id", "value": "x"}]
    paypal.api("PATCH", f"{ORDERS}/{parent_id(paid)}", patch)
    paypal.api("PATCH", f"{ORDERS}/none", patch)


def _captures(paypal: PayPalClient) -> None:
    order = paypal.order(purchase_units=[unit(invoice_id="inv-3")])
    paypal.capture(order)
    paypal.visit(order, "approve_declined")
    paypal.capture(order, paypal_request_id="cap-1")
    paypal.capture(order, paypal_request_id="cap-1")
    paypal.read(order)
    paypal.visit(order, "approve")
    paypal.capture(order, prefer="return=minimal", paypal_request_id="cap-2")
    paypal.capture(order, prefer="return=minimal", paypal_request_id="cap-2")
    paypal.capture(order, paypal_request_id="cap-3")
    again = paypal.order(purchase_units=[unit(invoice_id="inv-3")], payment_source=None)
    paypal.visit(again, "approve")
    paypal.capture(again)
    paypal.capture(order, paypal_request_id="once")
    paypal.api("POST", f"{ORDERS}/{again['id']}/capture", {"payment_source": {}})
    for action in ("settle", "deny"):
        capture = paypal.captured("approve_pending")
        paypal.capture_now(capture)
        paypal.refund(capture)
        paypal.act(capture, action)
        paypal.capture_now(capture)
        paypal.refund(capture)
    paypal.api("GET", "/v2/payments/captures/none")


def _mocks(paypal: PayPalClient) -> None:
    """Ask each call for each error that it can be asked for."""
    for endpoint in ENDPOINTS:
        for code in sorted(endpoint.mocks):
            order = paypal.order()
            mock = json.dumps({"mock_application_codes": code})
            body = [{"op": "add", "path": "/x"}] if endpoint.method == "PATCH" else {}
            if endpoint.path == ORDERS:
                paypal.create(order_body(), paypal_mock_response=mock)
            else:
                path = endpoint.path.replace("*", order["id"])
                paypal.api(endpoint.method, path, body, paypal_mock_response=mock)


def _refunds(paypal: PayPalClient) -> None:
    capture = paypal.captured(purchase_units=[unit(custom_id="ord_1")])
    path = f"/v2/payments/captures/{capture['id']}/refund"
    for body in (
        {"amount": paypal_money("1.00"), "invoice_id": "r-1", "note_to_payer": "Sorry"},
        {"amount": paypal_money("1.00"), "invoice_id": "r-1"},
        *({"amount": paypal_money(value)} for value in ("0", "-1", "1.001", "11.00", "1e3")),
        *({"amount": paypal_money("1.50", currency)} for currency in ("EUR", "JPY", "XXX")),
        {"reason": "x"},
    ):
        paypal.api("POST", path, body)
    first = paypal.refund(capture, "2.00", paypal_request_id="rfd-1").json()
    paypal.refund(capture, "2.00", paypal_request_id="rfd-1")
    paypal.refund(capture, "3.00", paypal_request_id="rfd-1")
    paypal.refund(capture)
    paypal.refund(capture)
    paypal.capture_now(capture)
    paypal.api("GET", f"/v2/payments/refunds/{first['id']}")
    paypal.api("GET", "/v2/payments/refunds/none")
    paypal.api("GET", f"{ORDERS}/{parent_id(capture)}")


def _disputes(paypal: PayPalClient) -> None:
    for action, end in (("inquiry", "dispute_cancelled"), ("dispute", "dispute_lost"), ("dispute", "dispute_won")):
        capture = paypal.captured(purchase_units=[unit(invoice_id=f"inv_{action}_{end}")])
        paypal.act(capture, action, amount="4.00")
        paypal.refund(capture)
        paypal.act(capture, end)
        paypal.capture_now(capture)
        paypal.refund(capture)
        if end == "dispute_lost":
            paypal.act(capture, "dispute_won")
            paypal.capture_now(capture)
    late = paypal.captured()
    paypal.client.now += 181 * 24 * 3600
    paypal.token = paypal.fetch_token().json()["access_token"]
    paypal.refund(late)


def _notifications(paypal: PayPalClient) -> None:
    for body in (
        {"url": "https://x.test/hook", "event_types": [{"name": "PAYMENT.CAPTURE.COMPLETED"}]},
        {"url": "https://x.test/hook", "event_types": [{"name": "*"}]},
        {"url": "http://x.test/hook", "event_types": [{"name": "*"}]},
        {"url": "x", "event_types": []},
        *({"url": f"https://x.test/{number}", "event_types": [{"name": "*"}]} for number in range(10)),
    ):
        paypal.api("POST", _WEBHOOKS, body)
    webhooks = paypal.api("GET", _WEBHOOKS).json()["webhooks"]
    for method in ("GET", "DELETE", "GET"):
        paypal.api(method, f"{_WEBHOOKS}/{webhooks[-1]['id']}")
    event = paypal.api("GET", _EVENTS).json()["events"][0]
    paypal.api("GET", f"{_EVENTS}/{event['id']}")
    paypal.api("POST", f"{_EVENTS}/{event['id']}/resend", {})
    paypal.api("POST", f"{_EVENTS}/none/resend", {})
    names = ("auth_algo", "cert_url", "transmission_id", "transmission_sig", "transmission_time", "webhook_id")
    paypal.api("POST", "/v1/notifications/verify-webhook-signature", dict.fromkeys(names, "x") | {"webhook_event": event})
    paypal.api("POST", "/v1/notifications/verify-webhook-signature", {})


def _json(paypal: PayPalClient) -> dict[str, str]:
    return {"authorization": f"Bearer {paypal.token}", "content-type": "application/json"}


_PARTS = (
    _tokens, _orders, _refused_orders, _deliveries, _patches, _captures, _mocks, _refunds, _disputes, _notifications,
)  # fmt: skip
