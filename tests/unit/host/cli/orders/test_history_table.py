"""`orders show` for people: the buyer, the lines, the money, what happened, and what can be done next, at every width."""

import io
from typing import Any

import pytest
from rich.console import Console

from lightning_cart.domain.buyer import Address, Buyer, Contact, Destination
from lightning_cart.domain.catalog import Interval
from lightning_cart.domain.document import Document, DocumentNumber, Series
from lightning_cart.domain.line_item import LineItem
from lightning_cart.domain.money import Money
from lightning_cart.domain.order import CheckoutSession, Dispute, OrderStatus
from lightning_cart.domain.parts import Parts
from lightning_cart.domain.price import Delivery
from lightning_cart.domain.refund import Refund, RefundStatus
from lightning_cart.domain.taxes import TaxGroup
from lightning_cart.ports import Row
from lightning_cart.storage.orders import OrderHistory
from lightning_cart_host.cli.orders.history_table import print_history
from support.builders import NOW, make_order

LONG_REF = "pi_3PqLongPaymentIntentIdentifier001"
ORDER = make_order(
    status=OrderStatus.PARTIALLY_REFUNDED,
    lines=(
        LineItem("mug", "A mug with a very long name, made in the old pottery by the river", Money(1250, "USD"), 2),
        LineItem("club", "Club", Money(500, "USD"), 1, metadata={"size": "XL"}),
    ),
    customer_email="ada.lovelace@analytical-engines.example.com",
    metadata={"gift note": "Happy birthday,\ndear Charles!", "table": "7"},
    paid_minor=3000,
    tip_minor=150,
    refunded_minor=500,
    dispute=Dispute.OPEN,
    payment_ref=LONG_REF,
    session=CheckoutSession("cs_test_a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4e5f6", "https://x.example", None),
)
PAYMENT: Row = {
    "payment_ref": LONG_REF,
    "state": "paid",
    "amount_minor": 3000,
    "tip_minor": 150,
    "refunded_minor": 500,
    "at": NOW,
}
EVENT: Row = {
    "received_at": NOW + 5,
    "kind": "paid",
    "verdict": "applied",
    "reason": "",
    "type": "checkout.session.completed",
    "event_id": "evt_1PqLongIdentifierOfStripe0001",
}
MESSAGE: Row = {
    "created_at": NOW + 5,
    "effect": "order.paid",
    "state": "dead",
    "attempts": 12,
    "last_status": 500,
    "last_error": "answered 500",
    "next_at": NOW,
}
DISPUTE: Row = {
    "at": NOW + 9,
    "dispute_id": "dp_1",
    "outcome": "",
    "state": "open",
    "amount_minor": 3000,
    "currency": "USD",
    "reason": "fraudulent",
    "due_at": NOW + 86_400,
}
LOG: Row = {"at": NOW + 7, "who": "cli", "action": "refund", "reason": "one was broken"}
REFUND = Refund(
    "rfd_00000000000000000000000001",
    ORDER.id,
    Money(500, "USD"),
    "one was broken",
    RefundStatus.SUCCEEDED,
    "re_1",
    may_exist_already=False,
    digest="",
    created_at=NOW + 7,
    updated_at=NOW + 8,
    payment_ref=LONG_REF,
)
SHIRT = LineItem(
    product_id="tshirt",
    name="T-shirt",
    unit_price=Money(1000, "USD"),
    quantity=2,
    variant_id="l-blue",
    options={"size": "L", "colour": "blue"},
    sku="TS-L-BL",
    ships=True,
    discount_minor=100,
)
DELIVERED: dict[str, Any] = {
    "lines": (SHIRT, LineItem("club", "Club", Money(500, "USD"), 1, interval=Interval.MONTH)),
    "parts": Parts.of(Money(2500, "USD"), 100, 490, 101),
    "delivery": Delivery("post", "Standard post", (2, 4)),
    "place": Destination("ES", "CN"),
    "taxes": (TaxGroup("21", "IVA", True, 1570, 330), TaxGroup("8.875", "Sales tax", False, 1138, 101)),
    "renewal_minor": 500,
    "buyer": Buyer(
        Address("ES", "Ada Lovelace", "Calle Mayor 1", "", "Las Palmas", "CN", "35001", "+34 600"),
        ({"engraving": "For Ada,\nwith love"}, {}),
        "Ring twice,\nplease",
    ),
}
FULL = OrderHistory(ORDER, (EVENT,), (MESSAGE,), (REFUND,), (PAYMENT,), (DISPUTE,), (LOG,))
IDS = (ORDER.id, LONG_REF, "evt_1PqLongIdentifierOfStripe0001", REFUND.id, "cs_test_a1b2c3d4e5f6a1b2c3d4e5f6")


def printed(history: OrderHistory, width: int = 80) -> str:
    out = io.StringIO()
    print_history(history, Console(file=out, width=width, highlight=False))
    return out.getvalue()


def bare(**changes: Any) -> OrderHistory:
    """Return an order of which nothing but the order itself is stored."""
    return OrderHistory(make_order(**changes), (), (), (), (), (), ())


def section(text: str, title: str) -> list[str]:
    """Return the lines below a title, with single spaces."""
    lines = text.partition(f"\n{title}\n")[2].partition("\n\n")[0]
    return [" ".join(line.split()) for line in lines.splitlines()]


@pytest.mark.parametrize("width", [60, 80, 200])
class TestAtEveryWidth:
    def test_every_id_is_in_one_piece(self, width: int) -> None:
        lines = printed(FULL, width).splitlines()
        assert [text for text in IDS if not any(text in line for line in lines)] == []

    def test_no_line_is_longer_than_the_terminal_unless_one_word_is(self, width: int) -> None:
        assert [line for line in printed(FULL, width).splitlines() if len(line) > width and len(line.split()) > 2] == []

    def test_the_buyers_address_is_shown_whole(self, width: int) -> None:
        assert ORDER.customer_email in printed(FULL, width)

    def test_the_zone_of_the_times_is_said_once(self, width: int) -> None:
        assert printed(FULL, width).count("UTC") == 1

    def test_nothing_is_left_out(self, width: int) -> None:
        text = printed(FULL, width)
        assert [
            part for part in ("dp_1", "fraudulent", "answered 500", "one was broken", "succeeded") if part not in text
        ] == []


def test_a_narrow_terminal_has_no_tables_and_a_wide_one_has_them() -> None:
    head = "Received             Event  Verdict  What                        Id"
    assert [head in printed(FULL, width) for width in (60, 200)] == [False, True]


def test_the_lines_have_their_names_and_what_the_cart_said_about_them() -> None:
    assert section(printed(FULL, 120), "Lines") == [
        "2 of A mug with a very long name, made in the old pottery by the river at $12.50 = $25.00",
        "mug",
        "1 of Club at $5.00",
        "club; size: XL",
    ]


def test_a_line_has_its_options_its_inputs_and_its_discount() -> None:
    assert section(printed(bare(**DELIVERED), 120), "Lines") == [
        "2 of T-shirt (L, blue) at $10.00 = $20.00, $1.00 off",
        "engraving: For Ada,",
        "with love",
        "tshirt; variant: l-blue; SKU: TS-L-BL; size: L; colour: blue",
        "1 of Club at $5.00 a month",
        "club",
    ]


def test_the_money_has_the_parts_of_the_total_its_taxes_and_the_renewal() -> None:
    assert section(printed(bare(**DELIVERED)), "Money") == [
        "goods $25.00",
        "discount -$1.00",
        "delivery $4.90",
        "tax $1.01 8.875 % Sales tax on $11.38",
        "total $29.91",
        "of it tax $3.30 21 % IVA of $15.70",
        "paid $0.00",
        "renewal $5.00 each month",
    ]


def test_a_free_delivery_is_a_part_of_the_total() -> None:
    free = {**DELIVERED, "parts": Parts.of(Money(2500, "USD")), "taxes": (), "renewal_minor": 0}
    assert section(printed(bare(**free)), "Money") == ["goods $25.00", "delivery $0.00", "total $25.00", "paid $0.00"]


def test_a_renewal_of_a_line_that_is_not_known_has_an_amount_alone() -> None:
    assert section(printed(bare(renewal_minor=500)), "Money") == ["total $10.00", "paid $0.00", "renewal $5.00"]


@pytest.mark.parametrize("width", [60, 120])
def test_the_delivery_is_shown_with_its_address_and_the_buyers_note(width: int) -> None:
    lines = [" ".join(line.split()) for line in printed(bare(**DELIVERED), width).splitlines()]
    start = lines.index("delivery Standard post (post), 2 to 4 working days")
    assert lines[start : start + 8] == [
        "delivery Standard post (post), 2 to 4 working days",
        "price for ES, CN",
        "address Ada Lovelace",
        "Calle Mayor 1",
        "35001 Las Palmas",
        "CN, ES",
        "note Ring twice,",
        "please",
    ]


@pytest.mark.parametrize(
    ("delivery", "shown"),
    [
        (Delivery("pickup", "In Madrid", pick_up=True), "delivery In Madrid (pickup), picked up"),
        (Delivery("post", "Post", (3, 3)), "delivery Post (post), 3 working days"),
        (Delivery("post", "Post", (1, 1)), "delivery Post (post), 1 working day"),
        (Delivery("post", "Post"), "delivery Post (post)"),
    ],
)
def test_a_delivery_says_how_long_it_takes_or_that_it_is_picked_up(delivery: Delivery, shown: str) -> None:
    assert shown in [" ".join(line.split()) for line in printed(bare(delivery=delivery)).splitlines()]


def test_an_address_that_only_the_provider_knows_is_said_to_be_there() -> None:
    elsewhere = "(the payment page asked for the rest: see the payment in the provider's dashboard)"
    posted = {"delivery": Delivery("post", "Post"), "buyer": Buyer(address=Address("ES"))}
    for status, sentence in ((OrderStatus.PAID, elsewhere), (OrderStatus.OPEN, "(the payment page asks for the rest)")):
        lines = [" ".join(line.split()) for line in printed(bare(**posted, status=status), 120).splitlines()]
        assert lines[lines.index("address ES") + 1] == sentence
    fetched = printed(bare(delivery=Delivery("pickup", "In Madrid", pick_up=True)), 120)
    assert "dashboard" not in fetched


LONG = "Carrer de l'Hospital de la Santa Creu i de Sant Pau 51, escala B, entrada pel passatge, tercer segona"
PAYER = Contact(
    "payer@example.com",
    "José María Núñez García",
    "+34600111222",
    "ESB12345678",
    Address("ES", "Åsa Öberg", LONG, "Ático", "L'Hospitalet", "Barcelona", "08901", "+4681234567"),
    Address("JP", "山田 花子", "丸の内1丁目9-1", "", "千代田区", "東京都", "", "+34600111222"),
)


@pytest.mark.parametrize("width", [60, 200])
def test_who_bought_is_shown_with_both_addresses_the_code_and_the_receipt(width: int) -> None:
    paid = bare(
        status=OrderStatus.PAID,
        customer_email="cart@example.com",
        buyer=Buyer(paid_by=PAYER),
        code="SPRING",
        number=DocumentNumber(2026, 17, NOW),
        page_token="f" * 32,
    )
    out = io.StringIO()
    print_history(paid, Console(file=out, width=width, highlight=False), public_url="https://pay.example")
    shown = " ".join(out.getvalue().split())
    for part in (
        "buyer cart@example.com",
        "paid by payer@example.com",
        "name 山田 花子",
        "phone +34600111222",
        "VAT id ESB12345678",
        f"address Åsa Öberg {LONG} Ático 08901 L'Hospitalet Barcelona, ES +4681234567",
        "billed to 山田 花子 丸の内1丁目9-1 千代田区 東京都, JP code SPRING",  # without the phone, which is above
        "receipt 2026-17",
    ):
        assert part in shown
    for page in ("page", "receipt"):
        assert f"https://pay.example/orders/{paid.order.id}/{page}/{'f' * 32}" in out.getvalue()


def test_a_page_is_not_shown_where_the_engines_url_is_not_known() -> None:
    assert "f" * 32 not in printed(bare(status=OrderStatus.PAID, page_token="f" * 32))


def test_a_buyer_who_was_forgotten_is_said_to_be() -> None:
    gone = printed(bare(status=OrderStatus.PAID, forgotten_at=NOW, delivery=Delivery("post", "Post")))
    assert "buyer forgotten at 2026-05-28 20:26:40" in " ".join(gone.split())
    assert "dashboard" not in gone


def test_the_money_is_added_up() -> None:
    assert section(printed(FULL), "Money") == [
        "total $30.00",
        "paid $30.00",
        "tip $1.50",
        "refunded $5.00",
        "left $26.50",
    ]


def test_an_unpaid_order_has_only_a_total_and_what_was_paid() -> None:
    assert section(printed(bare()), "Money") == ["total $10.00", "paid $0.00"]


def test_metadata_keeps_its_line_breaks() -> None:
    assert section(printed(FULL), "Metadata") == ["gift note Happy birthday,", "dear Charles!", "table 7"]


def test_a_long_key_of_the_metadata_is_not_glued_to_its_value() -> None:
    assert section(printed(bare(metadata={"a key of many words": "x"})), "Metadata") == ["a key of many words x"]


def test_a_subscription_says_how_often_it_is_charged() -> None:
    line = LineItem("club", "Club", Money(500, "USD"), 1, interval="month")  # type: ignore[arg-type]
    assert section(printed(bare(lines=(line,))), "Lines")[0] == "1 of Club at $5.00 a month"


def test_what_a_buyer_typed_cannot_move_the_cursor() -> None:
    assert "\x1b" not in printed(bare(metadata={"note": "\x1b[2J"}, customer_email="\x1b[31m@x"))


def test_what_the_order_waits_for_is_said_by_the_command_that_explains_it() -> None:
    assert printed(bare()).endswith("\n`lightning-cart orders explain` says what it waits for.\n")


def test_documents_are_shown_with_their_numbers_and_those_that_have_none_yet() -> None:
    number = DocumentNumber(2026, 3, NOW)
    documents = (
        Document(Series.CREDIT_NOTE, 1, 500, REFUND.id, NOW + 8, number, tip_minor=50),
        Document(Series.RENEWAL, 1, 900, "in_2", NOW + 9),
    )
    lines = section(printed(bare()._replace(documents=documents), 200), "Documents")
    assert lines[1:] == [
        f"2026-05-28 20:26:48 C2026-3 credit note $5.00 $0.50 {REFUND.id}",
        "2026-05-28 20:26:49 not yet renewal $9.00 in_2",
    ]
    assert "Documents" not in printed(bare())
