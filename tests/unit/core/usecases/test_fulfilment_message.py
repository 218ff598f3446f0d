"""Fulfilment messages: the same at every attempt, small, and with no more of the buyer than the site asked for."""

import json
import re
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightning_cart.domain.buyer import Address, Buyer, Contact, Destination
from lightning_cart.domain.catalog import Interval
from lightning_cart.domain.document import Document, DocumentNumber, Series
from lightning_cart.domain.line_item import LineItem
from lightning_cart.domain.money import Money
from lightning_cart.domain.parts import Parts
from lightning_cart.domain.price import Delivery
from lightning_cart.domain.receipt import SharedDocument, TaxShare
from lightning_cart.domain.taxes import TaxGroup
from lightning_cart.storage.outbox import OutboxMessage
from lightning_cart.usecases.fulfilment_message import _DROP_ORDER, MAX_BODY_BYTES, PageLinks, message_body, message_id
from support.builders import NOW, ORDER_ID, make_order
from support.messages import check_message

FACTS = {
    "status": "paid",
    "paid_minor": 1000,
    "tip_minor": 0,
    "refunded_minor": 0,
    "dispute": "none",
    "review_reason": "",
    "payment_ref": "pi_1",
    "subscription_ref": "",
}


SHIRT = LineItem(
    product_id="tshirt",
    name="T-shirt",
    unit_price=Money(1000, "USD"),
    quantity=1,
    variant_id="l-blue",
    options={"size": "L", "colour": "blue"},
    sku="TS-L-BL",
    ships=True,
    discount_minor=100,
    tax_rate="21",
)
LINKS = PageLinks("https://pay.example/orders/ord_1/page/0f", "https://pay.example/orders/ord_1/receipt/0f")
ADA = Address("ES", "Ada Lovelace", "Calle Mayor 1", "", "Madrid", "MD", "28013")
FULL: dict[str, Any] = {
    "lines": (SHIRT,),
    "parts": Parts.of(Money(1000, "USD"), 100, 490, 101),
    "delivery": Delivery("post", "Post", (2, 4)),
    "place": Destination("ES"),
    "taxes": (TaxGroup("21", "VAT", False, 900, 101),),
    "renewal_minor": 900,
    "buyer": Buyer(ADA, ({"engraving": "For Ada"},), "Ring twice", "ESB12345678"),
    "code": "SPRING",
}


def told(
    name: str = "order.paid",
    *,
    with_buyer: bool = False,
    document: SharedDocument | None = None,
    status: str = "paid",
    **order: Any,
) -> dict[str, Any]:
    effect = OutboxMessage(make_order(**order), name, NOW, {**FACTS, "status": status}, 1, NOW + 60)
    body = message_body(effect, document, LINKS if with_buyer else None)
    assert len(body) <= MAX_BODY_BYTES
    return check_message(body)


def test_a_message_says_what_to_fulfil() -> None:
    line = LineItem("mug", "Mug “Ñandú”", Money(500, "USD"), 2, "A mug", "", Interval.MONTH, {"sku": "M"})
    assert told(lines=(line,), metadata={"table": "7"}) == {
        "type": "order.paid",
        "timestamp": "2026-05-28T20:26:40Z",
        "data": {
            "version": 2,
            "order_id": ORDER_ID,
            "site": "shop",
            "strategy": "stripe_checkout",
            "provider": "stripe",
            "free": False,
            "currency": "USD",
            "exponent": 2,
            "total_minor": 1000,
            "goods_minor": 1000,
            "discount_minor": 0,
            "code": None,
            "shipping_minor": 0,
            "tax_minor": 0,
            "renewal_minor": 0,
            "taxes": [],
            "delivery": None,
            **FACTS,
            "subject": None,
            "outcome": None,
            "receipt": None,
            "credit_note": None,
            "renewal": None,
            "lines": [
                {
                    "id": "mug",
                    "name": "Mug “Ñandú”",
                    "variant": None,
                    "options": {},
                    "sku": None,
                    "quantity": 2,
                    "unit_minor": 500,
                    "total_minor": 1000,
                    "discount_minor": 0,
                    "ships": False,
                    "interval": "month",
                    "tax_rate": None,
                    "metadata": {"sku": "M"},
                }
            ],
            "metadata": {"table": "7"},
            "omitted": [],
        },
    }


def test_a_message_says_which_variant_is_delivered_how_and_with_what_tax() -> None:
    data = told(**FULL)["data"]
    (line,) = data["lines"]
    assert {name: line[name] for name in ("variant", "options", "sku", "ships", "discount_minor", "tax_rate")} == {
        "variant": "l-blue",
        "options": {"size": "L", "colour": "blue"},
        "sku": "TS-L-BL",
        "ships": True,
        "discount_minor": 100,
        "tax_rate": "21",
    }
    assert data["code"] == "SPRING"
    names = ("total_minor", "goods_minor", "discount_minor", "shipping_minor", "tax_minor", "renewal_minor")
    assert [data[name] for name in names] == [1491, 1000, 100, 490, 101, 900]
    assert data["delivery"] == {"method": "post", "name": "Post", "days": [2, 4], "pick_up": False}
    assert data["taxes"] == [{"label": "VAT", "rate": "21", "included": False, "net_minor": 900, "tax_minor": 101}]


WORDS = ("Ada", "Calle", "Ring", "ESB", "inputs", 'note"', "address", "billing", "vat_id", "page_url", "/receipt/")


def test_what_is_known_of_the_buyer_is_told_only_where_the_site_asks_for_it() -> None:
    without = json.dumps(told(**FULL))
    assert [word for word in WORDS if word in without.replace("credit_note", "")] == []
    data = told(with_buyer=True, **FULL, customer_email="ada@example.com")["data"]
    assert data["lines"][0]["inputs"] == {"engraving": "For Ada"}
    address = {
        "country": "ES",
        "name": "Ada Lovelace",
        "line1": "Calle Mayor 1",
        "line2": "",
        "city": "Madrid",
        "region": "MD",
        "postal_code": "28013",
        "phone": "",
    }
    assert {name: data[name] for name in CONTACT} == {
        "customer_email": "ada@example.com",
        "payer_email": None,
        "name": "Ada Lovelace",
        "phone": None,
        "address": address,
        "billing": None,
        "vat_id": "ESB12345678",
        "note": "Ring twice",
        "page_url": LINKS.page,
        "receipt_url": LINKS.receipt,
    }


CONTACT = (
    *("customer_email", "payer_email", "name", "phone", "address", "billing", "vat_id", "note"),
    *("page_url", "receipt_url"),
)


def test_what_the_provider_reports_of_the_buyer_is_told() -> None:
    home = Address("ES", "Ada King", "Calle Menor 2", "", "Madrid", "", "28014")
    paid_by = Contact("king@example.com", "Ada King", "+34 600 000 000", "ESX1234567X", ADA, home)
    data = told(with_buyer=True, customer_email="ada@example.com", buyer=Buyer(paid_by=paid_by))["data"]
    assert (data["customer_email"], data["payer_email"]) == ("ada@example.com", "king@example.com")
    assert (data["name"], data["phone"], data["vat_id"]) == ("Ada King", "+34 600 000 000", "ESX1234567X")
    assert (data["address"]["line1"], data["billing"]["line1"]) == ("Calle Mayor 1", "Calle Menor 2")


@pytest.mark.parametrize(("cart", "payer"), [("Ada@example.com", "ada@example.com"), ("ada@example.com", "")])
def test_a_payer_with_the_carts_address_is_no_other(cart: str, payer: str) -> None:
    data = told(with_buyer=True, customer_email=cart, buyer=Buyer(paid_by=Contact(payer)))["data"]
    assert (data["customer_email"], data["payer_email"]) == (cart, None)


def test_what_nobody_wrote_is_null() -> None:
    effect = OutboxMessage(make_order(), "order.paid", NOW, FACTS, 1, NOW + 60)
    data = check_message(message_body(effect, contact=PageLinks()))["data"]
    assert data["lines"][0]["inputs"] == {}
    assert {data[name] for name in CONTACT} == {None}


def test_a_free_order_is_told_as_one() -> None:
    free = LineItem("mug", "Mug", Money(1000, "USD"), 1, discount_minor=1000)
    data = told(strategy="free", provider="engine", lines=(free,), parts=Parts.of(Money(1000, "USD"), 1000))["data"]
    assert (data["free"], data["strategy"], data["provider"], data["total_minor"]) == (True, "free", "engine", 0)


RECEIPT = DocumentNumber(2026, 17, NOW)
SHARES = (TaxShare("21", "VAT", True, -83, -17), TaxShare("", "", False, -200, 0))
NOTE = SharedDocument(Document(Series.CREDIT_NOTE, 1, -300, "", NOW, DocumentNumber(2026, 3, NOW + 86_400)), SHARES)
RENEWAL = SharedDocument(Document(Series.RENEWAL, 1, 900, "in_1", NOW, DocumentNumber(2027, 1, NOW)), ())


@pytest.mark.parametrize("status", ["paid", "partially_refunded", "refunded"])
def test_a_paid_order_is_told_with_the_number_of_its_receipt(status: str) -> None:
    assert told(number=RECEIPT, status=status)["data"]["receipt"] == {"number": "2026-17", "date": "2026-05-28"}


@pytest.mark.parametrize("status", ["open", "pending", "failed", "expired", "cancelled"])
def test_what_happened_before_an_order_was_paid_has_no_number(status: str) -> None:
    assert told("order.pending", number=RECEIPT, status=status)["data"]["receipt"] is None


def test_a_message_is_about_a_credit_note() -> None:
    data = told("order.refund_failed:re_1", document=NOTE, number=RECEIPT)["data"]
    assert data["credit_note"] == {
        "number": "C2026-3",
        "date": "2026-05-29",
        "amount_minor": -300,
        "tip_minor": 0,
        "taxes": [
            {"label": "VAT", "rate": "21", "included": True, "net_minor": -83, "tax_minor": -17},
            {"label": "", "rate": "", "included": False, "net_minor": -200, "tax_minor": 0},
        ],
    }
    assert data["renewal"] is None


def test_a_message_is_about_a_renewal() -> None:
    data = told("order.renewed:in_1", document=RENEWAL, number=RECEIPT)["data"]
    assert data["renewal"] == {"number": "R2027-1", "date": "2026-05-28", "amount_minor": 900, "taxes": []}
    assert data["credit_note"] is None


def test_a_document_without_a_number_is_not_told() -> None:
    unnumbered = NOTE._replace(document=NOTE.document._replace(number=None))
    assert told("order.refund_failed:re_1", document=unnumbered)["data"]["credit_note"] is None


def test_what_tells_two_effects_apart_is_the_subject() -> None:
    message = told("order.renewed:in_1:2")
    assert (message["type"], message["data"]["subject"]) == ("order.renewed", "in_1:2")


@pytest.mark.parametrize(
    ("name", "event", "subject", "outcome"),
    [
        ("order.disputed", "order.disputed", None, None),
        ("order.disputed:du_1", "order.disputed", "du_1", None),
        ("order.disputed:du_1:open:2", "order.disputed", "du_1", None),
        ("order.dispute_closed:du_1:won", "order.dispute_closed", "du_1", "won"),
        ("order.dispute_closed:du_1:lost:3", "order.dispute_closed", "du_1", "lost"),
    ],
)
def test_a_dispute_is_told_by_its_id_and_its_outcome(name: str, event: str, subject: str | None, outcome: str | None) -> None:
    message = told(name)
    data = message["data"]
    assert (message["type"], data["subject"], data["outcome"]) == (event, subject, outcome)


@pytest.mark.parametrize("event_id", ["evt_1", "read:ord_1:pi_1:paid", "evt_1~0123456789abcdef"])
def test_a_review_is_told_by_the_id_of_its_event(event_id: str) -> None:
    data = told(f"order.needs_review:{event_id}")["data"]
    assert (data["subject"], data["outcome"]) == (event_id, None)


def test_the_address_is_told_only_where_the_site_asks_for_it() -> None:
    assert "ada@example.com" not in json.dumps(told(customer_email="ada@example.com"))
    assert told(customer_email="ada@example.com", with_buyer=True)["data"]["customer_email"] == "ada@example.com"


def test_an_address_that_nobody_gave_is_null() -> None:
    assert told(with_buyer=True)["data"]["customer_email"] is None


def test_the_id_is_made_of_the_effect_alone() -> None:
    ids = {message_id(order_id, effect) for order_id in ("ord_1", "ord_2") for effect in ("order.paid", "order.refunded:5")}
    assert len(ids) == 4
    assert all(re.fullmatch(r"msg_[0-9A-HJKMNP-TV-Z]{26}", one) for one in ids)
    assert message_id("ord_1", "order.paid") == "msg_" + message_id("ord_1", "order.paid").removeprefix("msg_")


LONGEST = Address("ES", *("🫖" * length for length in (255, 300, 300, 120, 300, 60, 30)))
LARGE = {f"key{number}": "🫖" * 500 for number in range(20)}


@pytest.mark.parametrize(
    ("order", "omitted"),
    [
        ({"lines": (LineItem("mug", "Mug", Money(1, "USD"), 1, metadata=LARGE),)}, ["lines.metadata"]),
        ({"metadata": LARGE}, ["lines.metadata", "metadata"]),
        ({"lines": (LineItem("mug", "🫖" * 127, Money(1, "USD"), 1),) * 60}, ["lines.metadata", "metadata", "lines.name"]),
        ({"lines": (SHIRT._replace(options={"size": "🫖" * 40}),) * 80}, _DROP_ORDER[:4]),
        (
            {"lines": (SHIRT._replace(options={}),) * 30, "buyer": Buyer(inputs=({"engraving": "🫖" * 200},) * 30)},
            _DROP_ORDER[:5],
        ),
        (
            {
                "document": SharedDocument(NOTE.document, (TaxShare("21", "🫖" * 40, True, 1, 0),) * 100),
                "name": "order.refund_failed:re_1",
            },
            _DROP_ORDER[:6],
        ),
        (
            {
                "document": SharedDocument(RENEWAL.document, (TaxShare("21", "🫖" * 40, True, 1, 0),) * 100),
                "name": "order.renewed:in_1",
            },
            _DROP_ORDER[:7],
        ),
        ({"lines": (LineItem("mug", "M", Money(1, "USD"), 1),) * 500}, _DROP_ORDER[:8]),
        ({"taxes": (TaxGroup("21", "🫖" * 60, False, 0, 0),) * 100}, _DROP_ORDER[:9]),
        ({"buyer": Buyer(LONGEST, note="🫖" * 1000, paid_by=Contact(billing=LONGEST)), "site_id": "s" * 4000}, _DROP_ORDER),
    ],
    ids=[
        *("product metadata", "the order's metadata", "names", "options", "inputs", "a credit note's taxes"),
        *("a renewal's taxes", "very many lines", "very many taxes", "a very long address"),
    ],
)
def test_what_does_not_fit_is_left_out_and_named(order: Any, omitted: Sequence[str]) -> None:
    data = told(with_buyer=True, **{"parts": Parts.of(Money(1000, "USD")), **order})["data"]
    assert data["omitted"] == list(omitted)
    assert [name for name in ("metadata", "lines", "taxes", "billing") if name not in data] == [
        name for name in omitted if "." not in name
    ]


def test_the_longest_addresses_and_note_leave_room_for_all_else() -> None:
    buyer = Buyer(LONGEST, note="🫖" * 1000, paid_by=Contact(billing=LONGEST))
    data = told(with_buyer=True, buyer=buyer, customer_email=f"{'a' * 250}@b.example")["data"]
    assert data["omitted"] == []


@given(
    metadata=st.dictionaries(st.text("abc", min_size=1, max_size=40), st.text(max_size=500), max_size=20),
    count=st.integers(1, 60),
)
def test_every_message_is_below_the_limit(metadata: dict[str, str], count: int) -> None:
    line = LineItem("p" * 64, "🫖" * 127, Money(1, "USD"), 1, metadata=metadata)
    assert told(lines=(line,) * count, metadata=metadata)["data"]["order_id"] == ORDER_ID
