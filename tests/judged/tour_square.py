"""A tour that calls every route of the sandbox's Square in every state, and makes it send every event."""

from typing import Any

from judged.square_types import JUDGE, route_of
from judged.visits import Visit
from judged.watch import Answer, Judge, watching
from lightning_cart_sandbox.square.events import EVENT_TYPES
from lightning_cart_sandbox.types import Json
from support.sandbox_clients import LINKS, REDIRECT, SandboxClient, SquareClient, line, order, square_money

DELIVERY = {
    "ship_name": "Ada Lovelace",
    "phone": "+1 415 555 0123",
    "ship_line_1": "1455 Market St",
    "ship_line_2": "#600",
    "ship_city": "San Francisco",
    "ship_state": "CA",
    "ship_postal_code": "94103",
    "ship_country": "us",
}
ADDRESS = {"address_line_1": "1455 Market St", "locality": "San Francisco", "postal_code": "94103", "country": "US"}
RECIPIENT = {"display_name": "Ada Lovelace", "email_address": "ada@example.com", "phone_number": "+14155550123"}
FEE = {"name": "Post", "charge": square_money(490)}
OPTIONS = {
    "redirect_url": REDIRECT,
    "merchant_support_email": "help@shop.example",
    "allow_tipping": True,
    "ask_for_shipping_address": True,
    "custom_fields": [{"title": "Engraving"}],
    "enable_coupon": True,
    "enable_loyalty": False,
    "accepted_payment_methods": {"apple_pay": False},
    "shipping_fee": FEE,
}
_HOOK = {"name": "cart", "event_types": list(EVENT_TYPES), "notification_url": "http://127.0.0.1:9999/webhook"}


def full_order(**changes: Any) -> Json:
    """Return an order with every kind of adjustment."""
    lines = [
        line(
            uid="mug",
            quantity="2",
            variation_name="Blue",
            note="Fragile",
            metadata={"sku": "MUG-1"},
            modifiers=[{"name": "Engraving", "base_price_money": square_money(150), "quantity": "2"}],
            applied_discounts=[{"discount_uid": "two"}],
            applied_taxes=[{"tax_uid": "county"}],
        ),
        line(uid="tea", base_price_money=square_money(335), item_type="CUSTOM_AMOUNT"),
    ]
    return order(
        line_items=lines,
        source={"name": "Shop"},
        ticket_name="7",
        metadata={"order_id": "ord_1"},
        discounts=[
            {"uid": "ten", "name": "Ten", "type": "FIXED_PERCENTAGE", "percentage": "10", "scope": "ORDER"},
            {"uid": "two", "name": "Two", "type": "FIXED_AMOUNT", "amount_money": square_money(200), "scope": "LINE_ITEM"},
        ],
        taxes=[
            {"uid": "city", "name": "City", "type": "ADDITIVE", "percentage": "8.875", "scope": "ORDER"},
            {"uid": "county", "name": "County", "type": "INCLUSIVE", "percentage": "2.5", "scope": "LINE_ITEM"},
        ],
        service_charges=[
            {"uid": "gift", "name": "Wrapping", "amount_money": square_money(300), "taxable": True},
            {"uid": "round", "name": "Service", "percentage": "5", "calculation_phase": "TOTAL_PHASE"},
        ],
        **changes,
    )


def shipment(**details: Any) -> Json:
    """Return a fulfillment that is shipped."""
    return {"type": "SHIPMENT", "shipment_details": {"recipient": {**RECIPIENT, "address": ADDRESS}, **details}}


def pickup(**details: Any) -> Json:
    """Return a fulfillment that the buyer picks up as soon as possible."""
    return {"type": "PICKUP", "pickup_details": {"recipient": RECIPIENT, "schedule_type": "ASAP", **details}}


def tour() -> list[Visit]:
    """Take the tour; return what was answered and sent."""
    visits: list[Visit] = []

    def record_answer(answer: Answer) -> list[str]:
        visits.append(Visit(route_of(answer.method, answer.path), answer.status, answer.document))
        return []

    def record_event(event_type: str, document: Json) -> list[str]:
        visits.append(Visit(event_type, 0, document))
        return []

    with watching([Judge("square", JUDGE.api, record_answer, record_event)]):
        client = SandboxClient()
        square = SquareClient(client)
        for part in _PARTS:
            part(square)
        client.sandbox.store.close()
    return visits


def _post(square: SquareClient, path: str, body: Any) -> Any:
    return square.api("POST", path, json=body).json()


def _subscriptions(square: SquareClient) -> None:
    hooks = "webhooks/subscriptions"
    made = _post(square, hooks, {"idempotency_key": "hook", "subscription": _HOOK})["subscription"]
    spare = _post(square, hooks, {"subscription": {**_HOOK, "enabled": False, "api_version": "2026-09-16"}})["subscription"]
    square.get(hooks)
    square.get(hooks, include_disabled="true", sort_order="DESC", limit=1)
    square.get(f"{hooks}/{made['id']}")
    square.api("PUT", f"{hooks}/{spare['id']}", json={"subscription": {"name": "spare"}})
    _post(square, f"{hooks}/{spare['id']}/signature-key", {})
    for event_type in (*EVENT_TYPES, "invoice.payment_made"):
        _post(square, f"{hooks}/{made['id']}/test", {"event_type": event_type})
    _post(square, f"{hooks}/{spare['id']}/test", {})
    square.api("DELETE", f"{hooks}/{spare['id']}")


def _locations(square: SquareClient) -> None:
    square.get("locations")
    square.get("locations/main")


def _links(square: SquareClient) -> None:
    first = square.link()
    data = {"buyer_email": "ada@example.com", "buyer_phone_number": "+14155550123", "buyer_address": ADDRESS}
    square.link(idempotency_key="whole", description="All", checkout_options=OPTIONS, pre_populated_data=data)
    quick_pay = {"name": "Auto detailing", "price_money": square_money(12500), "location_id": "LSANDBOXUSD"}
    square.link(order=None, quick_pay=quick_pay, checkout_options=None, payment_note=None)
    square.get(LINKS)
    square.get(LINKS, limit=1)
    square.get(f"{LINKS}/{first['id']}")
    square.api("PUT", f"{LINKS}/{first['id']}", json={"payment_link": {"version": 1, "description": "Changed"}})
    square.api("DELETE", f"{LINKS}/{first['id']}")
    square.get(f"orders/{first['order_id']}")
    paid = square.link()
    square.pay(paid)
    square.api("DELETE", f"{LINKS}/{paid['id']}")


def _orders(square: SquareClient) -> None:
    square.link(order=full_order(fulfillments=[shipment(carrier="Post", tracking_number="1")]))
    square.link(order=full_order(fulfillments=[pickup(note="Ring twice", prep_time_duration="PT20M")]))
    yen = order(location_id="LSANDBOXJPY", line_items=[line(base_price_money=square_money(1000, "JPY"))])
    link = square.link(order=yen)
    square.get(f"orders/{link['order_id']}")
    _post(square, "orders/calculate", {"order": full_order()})
    _post(square, "orders/batch-retrieve", {"order_ids": [link["order_id"]]})
    _post(square, "orders/batch-retrieve", {"order_ids": ["none"]})
    found = {"location_ids": ["LSANDBOXUSD"], "query": {"filter": {"state_filter": {"states": ["OPEN", "DRAFT"]}}}}
    _post(square, "orders/search", {**found, "limit": 1})
    _post(square, "orders/search", {**found, "return_entries": True})
    _post(square, "orders/search", {"location_ids": ["LSANDBOXEUR"]})


def _deliveries(square: SquareClient) -> None:
    for kind, states in ((shipment, ("RESERVED", "PREPARED", "COMPLETED")), (pickup, ("RESERVED", "CANCELED", "PROPOSED"))):
        link = square.link(order=order(fulfillments=[kind()]))
        square.pay(link)
        for state in states:
            paid = square.read_order(link)
            change = {"uid": paid["fulfillments"][0]["uid"], "state": state}
            body = {"order": {"version": paid["version"], "fulfillments": [change]}}
            square.api("PUT", f"orders/{link['order_id']}", json=body)
        square.read_order(link)


def _payments(square: SquareClient) -> None:
    plain = square.link(checkout_options={"redirect_url": REDIRECT, "allow_tipping": True})
    whole = square.link(order=full_order(), checkout_options=OPTIONS)
    square.pay(plain, cvc="911")
    square.pay(plain, postal_code="99999")
    square.pay(plain, card_number="4242 4242 4242 4242")
    square.pay(plain, gift_card="4.00", expiry="01/40")
    square.pay(plain, gift_card="4.00", tip="2.00")
    square.client.ask("POST", square.panel(whole), data={"action": "coupon", "coupon": "SAVE10"})
    square.get(f"orders/{whole['order_id']}")
    square.pay(whole, tip="1.00", custom_0="Ada", **DELIVERY)
    counter = square.link(checkout_options={"allow_tipping": False, "ask_for_shipping_address": True}, payment_note="ord_1")
    square.act(counter, "take_in_person", tip="1.00", gift_card="4.00")
    for link in (plain, whole, counter):
        for tender in square.read_order(link)["tenders"]:
            square.get(f"payments/{tender['payment_id']}")
    failed = square.client.sandbox.store.find("square.payment", status="FAILED")
    canceled = square.client.sandbox.store.find("square.payment", status="CANCELED")
    for payment in (*failed, *canceled):
        square.get(f"payments/{payment['id']}")
    till = square.provider.foreign_sale("ord_1", 700)
    square.get(f"payments/{till}")
    for amount in (2222, 3333):
        square.paid(order=order(line_items=[line(base_price_money=square_money(amount))]))


def _refunds(square: SquareClient) -> None:
    payment = square.paid()
    made = square.refund(payment, 400, reason="One item back").json()["refund"]
    square.get(f"refunds/{made['id']}")
    square.get(f"payments/{payment['id']}")
    square.refund(payment, 600, payment_version_token="old")
    square.refund(payment, 600)
    square.refund(payment, 1)
    square.get(f"orders/{made['order_id']}")


def _disputes(square: SquareClient) -> None:
    square.get("disputes")
    for ends in (("won",), ("lost", "won")):
        link = square.link()
        square.pay(link)
        square.act(link, "dispute", amount_minor="400", reason="DUPLICATE")
        (newest, *_) = square.get("disputes")["disputes"]
        square.get(f"disputes/{newest['id']}")
        square.refund(square.read_payment(link), 100)
        for end in ends:
            square.act(link, f"dispute_{end}")
            square.get(f"disputes/{newest['id']}")
    square.get("disputes", states="WON")


def _customers(square: SquareClient) -> None:
    square.pay(square.link(), email="grace@example.com", name="Grace")
    found = square.get("customers", sort_field="CREATED_AT", sort_order="DESC", count="true", limit=1)
    customer = found["customers"][0]
    square.get(f"customers/{customer['id']}")
    wanted = {"filter": {"email_address": {"exact": "grace@example.com"}}, "sort": {"field": "DEFAULT", "order": "ASC"}}
    _post(square, "customers/search", {"query": wanted, "count": True})
    _post(square, "customers/search", {"query": {"filter": {"phone_number": {"fuzzy": "999"}}}})
    named = square.link(order=order(customer_id=customer["id"]))
    square.pay(named)
    to_customer = {"recipient": {"customer_id": customer["id"]}}
    square.link(order=order(fulfillments=[{"type": "SHIPMENT", "shipment_details": to_customer}]))


def _mistakes(square: SquareClient) -> None:
    for path in ("nothing", "orders/x", "payments/x", "refunds/x", "customers/x", "disputes/x", "locations/x", f"{LINKS}/x"):
        square.api("GET", path)
    square.api("GET", "locations?colour=red")
    square.api("GET", f"{LINKS}?cursor=x")
    square.api("PUT", "locations")
    square.api("GET", "locations", headers={"authorization": "Bearer "})
    square.api("GET", "locations", headers={"square-version": "2024-01-18"})
    square.api("GET", "locations", headers={"square-version": "newest"})
    square.api("POST", LINKS, content=b"{", headers={"content-type": "application/json"})
    square.api("POST", LINKS, content=b"a=b", headers={"content-type": "text/plain"})
    square.create(order=order(reference_id="x" * 41))
    square.create(order=order(line_items=[]))
    square.create(order=order(line_items=[line(quantity=1)]))
    square.create(checkout_options={"app_fee_money": square_money(1)})
    square.create(idempotency_key="reused")
    square.create(idempotency_key="reused", description="other")
    link = square.link()
    square.api("PUT", f"{LINKS}/{link['id']}", json={"payment_link": {"version": 7}})


_PARTS = (
    _subscriptions,
    _locations,
    _links,
    _orders,
    _deliveries,
    _payments,
    _refunds,
    _disputes,
    _customers,
    _mistakes,
)
