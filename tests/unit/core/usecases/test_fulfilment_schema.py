"""`docs/fulfilment.schema.json` takes every message that there is, and nothing else."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightning_cart.domain.buyer import Address, Buyer, Contact
from lightning_cart.domain.document import Document, DocumentNumber, Series
from lightning_cart.domain.order import Dispute, Order, OrderStatus
from lightning_cart.domain.receipt import share_documents
from lightning_cart.domain.review import ReviewReason
from lightning_cart.providers.stripe.checkout import StripeCheckout
from lightning_cart.storage.outbox import OutboxMessage
from lightning_cart.usecases.fulfilment_message import _DROP_ORDER, EVENTS, MAX_BODY_BYTES, VERSION, PageLinks, message_body
from support.builders import NOW, make_order
from support.messages import SCHEMA, VALIDATOR, check_message
from support.random_carts import carts, order_of

LINKS = PageLinks("https://pay.example/orders/ord_1/page/0f", "http://localhost:8000/orders/ord_1/receipt/0f")
SUBJECTS = {
    "order.refunded": ":100",
    "order.refund_failed": ":re_1",
    "order.disputed": ":dp_1:open:2",
    "order.dispute_closed": ":dp_1:won",
    "order.renewed": ":in_1",
    "order.renewal_failed": ":in_1",
    "order.needs_review": ":evt_1",
}
SERIES = {
    "order.refunded": Series.CREDIT_NOTE,
    "order.refund_failed": Series.CREDIT_NOTE,
    "order.renewed": Series.RENEWAL,
}
PAID = ("paid", "partially_refunded", "refunded")
CONTACT = tuple(SCHEMA["$defs"]["data"]["dependentRequired"])


def facts(status: str, dispute: str = "none", review_reason: str = "") -> Mapping[str, Any]:
    return {
        "status": status,
        "paid_minor": 0,
        "tip_minor": 0,
        "refunded_minor": 0,
        "dispute": dispute,
        "review_reason": review_reason,
        "payment_ref": "pi_1",
        "subscription_ref": "",
    }


def message(order: Order, event: str, snapshot: Mapping[str, Any], contact: PageLinks | None = None) -> bytes:
    """Return the body of a message about an order, with the document that it is about if the order was paid."""
    number = DocumentNumber(2026, 12, NOW)
    order = order._replace(number=number)
    document = None
    if (series := SERIES.get(event)) and snapshot["status"] in PAID:
        minor = order.total.minor if series is Series.CREDIT_NOTE else order.renewal_minor
        (document,) = share_documents(order, [Document(series, 1, minor, "in_1", NOW, number)], {})
    return message_body(OutboxMessage(order, event + SUBJECTS.get(event, ""), NOW, snapshot, 1, NOW), document, contact)


TEXTS = st.text(max_size=40)
ADDRESSES = st.none() | st.builds(Address, *[TEXTS] * 8)
CONTACTS = st.builds(Contact, TEXTS, TEXTS, TEXTS, TEXTS, ADDRESSES, ADDRESSES)
NOTES = TEXTS | st.just("🫖" * 1000)
METADATA = st.dictionaries(TEXTS, TEXTS | st.just("🫖" * 500), max_size=20)
STATUSES = [*OrderStatus]
REASONS = ["", *ReviewReason]


@given(
    cart=carts(),
    event=st.sampled_from([*EVENTS]),
    buyer=st.builds(Buyer, ADDRESSES, st.just(()), NOTES, TEXTS, CONTACTS),
    snapshot=st.builds(facts, st.sampled_from(STATUSES), st.sampled_from([*Dispute]), st.sampled_from(REASONS)),
    texts=st.tuples(TEXTS, TEXTS),
    metadata=METADATA,
    contact=st.sampled_from([None, PageLinks(), LINKS]),
)
def test_every_message_fits_the_schema(
    *,
    cart: Any,
    event: str,
    buyer: Buyer,
    snapshot: Mapping[str, Any],
    texts: tuple[str, str],
    metadata: dict[str, str],
    contact: PageLinks | None,
) -> None:
    email, code = texts
    order = order_of(cart.quote(), StripeCheckout)._replace(customer_email=email, code=code, metadata=metadata, buyer=buyer)
    body = message(order, event, snapshot, contact)
    assert len(body) <= MAX_BODY_BYTES
    data = check_message(body)["data"]
    assert [name in data for name in CONTACT] == [contact is not None] * len(CONTACT)
    assert [line for line in data.get("lines", []) if "inputs" in line and contact is None] == []
    if data["credit_note"] and "credit_note.taxes" not in data["omitted"]:
        parts = [share["net_minor"] + share["tax_minor"] for share in data["credit_note"]["taxes"]]
        assert sum(parts) == data["credit_note"]["amount_minor"]


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("contact", [None, LINKS], ids=["without the buyer", "with the buyer"])
@pytest.mark.parametrize("status", OrderStatus)
def test_each_event_fits_the_schema(event: str, contact: PageLinks | None, status: OrderStatus) -> None:
    content = check_message(message(make_order(), event, facts(status), contact))
    data = content["data"]
    assert (content["type"], data["version"], data["receipt"] is not None) == (event, VERSION, status in PAID)


def objects(schema: object) -> Iterator[dict[str, Any]]:
    """Yield every object with named properties that a schema describes."""
    if isinstance(schema, dict):
        if schema.get("type") == "object" and "properties" in schema:
            yield schema
        for inner in schema.values():
            yield from objects(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from objects(inner)


def test_the_schema_is_one_and_takes_no_field_that_it_does_not_know() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert [one for one in objects(SCHEMA) if one.get("additionalProperties") is not False] == []
    assert [one for one in objects(SCHEMA) if not {*one["required"]} <= {*one["properties"]}] == []


def test_the_schema_has_the_events_reasons_and_parts_of_the_code() -> None:
    data = SCHEMA["$defs"]["data"]["properties"]
    assert {one["const"]: one["description"] for one in SCHEMA["properties"]["type"]["oneOf"]} == dict(EVENTS)
    assert data["status"]["enum"] == list(OrderStatus)
    assert data["dispute"]["enum"] == list(Dispute)
    assert data["review_reason"]["enum"] == ["", *ReviewReason]
    assert data["omitted"]["items"]["enum"] == list(_DROP_ORDER)
    assert data["version"]["const"] == VERSION


WHOLE = json.loads(message(make_order(), "order.refunded", facts("refunded"), LINKS))
PLAIN = json.loads(message(make_order(), "order.refunded", facts("refunded")))


def without(name: str, content: Any = PLAIN) -> Any:
    return content | {"data": {key: value for key, value in content["data"].items() if key != name}}


def changed(content: Any = PLAIN, **data: Any) -> Any:
    return content | {"data": content["data"] | data}


@pytest.mark.parametrize("name", [*PLAIN["data"]])
def test_a_message_without_a_field_fits_only_if_it_says_that_it_omits_it(name: str) -> None:
    assert not VALIDATOR.is_valid(without(name))
    told = without(name, changed(omitted=[name] if name != "omitted" else []))
    assert VALIDATOR.is_valid(told) == (name in _DROP_ORDER)


@pytest.mark.parametrize("name", CONTACT)
def test_what_is_known_of_the_buyer_is_there_as_a_whole_or_not_at_all(name: str) -> None:
    assert VALIDATOR.is_valid(without(name, WHOLE)) == (name == "billing")
    assert not VALIDATOR.is_valid(changed(**{name: None}))


@pytest.mark.parametrize(
    "content",
    [
        PLAIN | {"type": "order.unknown"},
        PLAIN | {"timestamp": "28 May 2026"},
        PLAIN | {"extra": 1},
        changed(extra=1),
        changed(version=1),
        changed(total_minor="1000"),
        changed(total_minor=-1),
        changed(status="settled"),
        changed(status="expired"),
        changed(outcome="won"),
        changed(renewal={"number": "R2026-1", "date": "2026-05-28", "amount_minor": 1, "taxes": []}),
        changed(receipt={"number": "C2026-1", "date": "2026-05-28"}),
        changed(lines=[]),
        changed(lines=[{"id": "mug"}]),
        changed(omitted=["total_minor"]),
        PLAIN | {"type": "order.paid"},
    ],
    ids=[
        *("an unknown event", "another time", "another field", "another field of the data", "another version"),
        *("an amount as a text", "a negative amount", "an unknown status", "a receipt of an order that is not paid"),
        *("an outcome of no dispute", "a renewal of a refund", "a receipt with a credit note's number", "no line"),
        *("half a line", "an omitted total", "a credit note of a payment"),
    ],
)
def test_anything_else_does_not_fit(content: Any) -> None:
    assert VALIDATOR.is_valid(PLAIN)
    assert not VALIDATOR.is_valid(content)
