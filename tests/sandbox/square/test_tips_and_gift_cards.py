"""A buyer can add a tip, and can pay a part of an order with a gift card."""

from typing import Any

import pytest

from lightning_cart_sandbox.square.errors import SquareError
from support.sandbox_clients import SquareClient, line, order, read_error, square_money

CARD, GIFT = "Banco Sabadell ••1111", "Square gift card ••6623"


@pytest.fixture
def square(stripe: Any) -> SquareClient:
    client = SquareClient(stripe)
    client.provider.offers_tips = True
    return client


def payments(square: SquareClient, link: Any) -> list[Any]:
    tenders = square.read_order(link)["tenders"]
    return [square.get(f"payments/{tender['payment_id']}")["payment"] for tender in tenders]


def tipped(square: SquareClient, tip: str = "2.00") -> Any:
    link = square.link()
    assert square.pay(link, tip=tip).status_code == 303
    return link


def split(square: SquareClient, **changes: str) -> Any:
    link = square.link()
    assert square.pay(link, **{"gift_card": "4.00", **changes}).status_code == 303
    return link


def descriptions(square: SquareClient) -> list[tuple[str, int]]:
    """Return the description and the amount of each transaction in the ledger."""
    found = square.client.ask("GET", "/api/ledger").json()["transactions"]
    return [(one["description"].partition(" (")[0], one["entries"][1]["amount_minor"]) for one in found]


def test_a_payment_keeps_the_tip_apart_from_the_amount(square: SquareClient) -> None:
    payment = square.read_payment(tipped(square))
    assert (payment["amount_money"], payment["tip_money"]) == (square_money(1000), square_money(200))
    assert payment["total_money"] == payment["approved_money"] == square_money(1200)


def test_a_payment_without_a_tip_has_no_tip_money(square: SquareClient) -> None:
    assert "tip_money" not in square.paid()


def test_an_order_includes_the_tip_in_its_totals(square: SquareClient) -> None:
    made = square.read_order(tipped(square))
    assert (made["total_tip_money"], made["total_money"]) == (square_money(200), square_money(1200))
    assert (made["net_amounts"]["tip_money"], made["net_amounts"]["total_money"]) == (square_money(200), square_money(1200))
    assert (made["state"], made["net_amount_due_money"]) == ("OPEN", square_money(0))


def test_a_tender_includes_the_tip_in_its_amount(square: SquareClient) -> None:
    (tender,) = square.read_order(tipped(square))["tenders"]
    assert (tender["amount_money"], tender["tip_money"]) == (square_money(1200), square_money(200))


def test_the_ledger_has_a_transaction_for_the_payment_and_one_for_the_tip(square: SquareClient) -> None:
    tipped(square)
    assert descriptions(square) == [("Payment", 1000), ("Tip", 200), ("Processing fee", 65), ("Payout", 1135)]
    assert square.client.balances()[CARD] == -1200


def test_the_totals_of_an_order_include_the_tip(square: SquareClient) -> None:
    tipped(square)
    orders = square.client.ask("GET", "/api/orders").json()["orders"]
    assert orders == {"ord_1": {"paid_minor": 1200, "refunded_minor": 0, "currency": "USD"}}


def test_a_tip_can_be_refunded(square: SquareClient) -> None:
    payment = square.read_payment(tipped(square))
    assert read_error(square.refund(payment, 1201))[1] == "REFUND_AMOUNT_INVALID"
    assert square.refund(payment, 1200).status_code == 200
    assert square.client.balances()[CARD] == 0


def test_a_dispute_takes_the_tip_too(square: SquareClient) -> None:
    link = tipped(square)
    square.act(link, "dispute")
    assert square.get("disputes")["disputes"][0]["amount_money"] == square_money(1200)


@pytest.mark.parametrize("field", ["tip", "gift_card"])
@pytest.mark.parametrize("text", ["two", "-1.00", "1.001", "1,00", "$2", "1" * 13, "2.", "²"])
def test_an_amount_that_is_none_is_named_and_nothing_is_charged(square: SquareClient, field: str, text: str) -> None:
    link = square.link()
    answer = square.pay(link, **{field: text})
    assert (answer.status_code, f'id="{field}-error"' in answer.text, square.read_order(link)["state"]) == (422, True, "DRAFT")


@pytest.mark.parametrize("text", ["", "0", "0.00", " "], ids=["empty", "zero", "zero cents", "a space"])
def test_no_tip_and_no_gift_card_is_an_ordinary_payment(square: SquareClient, text: str) -> None:
    link = square.link()
    square.pay(link, tip=text, gift_card=text)
    (payment,) = payments(square, link)
    assert payment["total_money"] == square_money(1000)


def test_a_currency_without_decimals_takes_whole_amounts_only(square: SquareClient) -> None:
    yen = order(location_id="LSANDBOXJPY", line_items=[line(base_price_money=square_money(1000, "JPY"))])
    link = square.link(order=yen)
    assert square.pay(link, tip="2.00").status_code == 422
    square.pay(link, tip="200")
    assert square.read_payment(link)["tip_money"] == square_money(200, "JPY")


def test_the_page_shows_tip_and_gift_card_again_after_an_error(square: SquareClient) -> None:
    text = square.pay(square.link(), tip="2.00", gift_card="4.00", cvc="").text
    assert all(f'value="{value}"' in text for value in ("2.00", "4.00"))


def test_a_split_order_is_paid_by_two_completed_payments(square: SquareClient) -> None:
    link = split(square)
    found = payments(square, link)
    assert [one["amount_money"] for one in found] == [square_money(400), square_money(600)]
    assert {(one["status"], one["order_id"]) for one in found} == {("COMPLETED", link["order_id"])}
    assert [one["card_details"]["card"]["card_brand"] for one in found] == ["SQUARE_GIFT_CARD", "VISA"]


def test_a_split_order_has_two_tenders_and_nothing_is_due(square: SquareClient) -> None:
    made = square.read_order(split(square))
    assert [one["type"] for one in made["tenders"]] == ["SQUARE_GIFT_CARD", "CARD"]
    assert (made["state"], made["net_amount_due_money"], made["total_money"]) == ("OPEN", square_money(0), square_money(1000))


def test_each_payment_of_a_split_order_has_its_own_webhooks(square: SquareClient) -> None:
    square.listen(event_types=["payment.created", "payment.updated"])
    link = split(square)
    found = [(event["type"], event["data"]["id"], event["data"]["object"]["payment"]["status"]) for event in square.heard()]
    gift, card = (one["id"] for one in payments(square, link))
    assert found == [
        ("payment.created", gift, "APPROVED"),
        ("payment.created", card, "APPROVED"),
        ("payment.updated", gift, "COMPLETED"),
        ("payment.updated", card, "COMPLETED"),
    ]


def test_a_split_order_is_open_only_after_its_second_payment(square: SquareClient) -> None:
    square.listen(event_types=["order.updated"])
    split(square)
    states = [event["data"]["object"]["order_updated"]["state"] for event in square.heard()]
    assert states == ["DRAFT", "OPEN"]


def test_the_ledger_has_both_payments_of_a_split_order(square: SquareClient) -> None:
    split(square)
    balances = square.client.balances()
    assert (balances[GIFT], balances[CARD], balances["Square fees"]) == (-400, -600, 42 + 47)
    orders = square.client.ask("GET", "/api/orders").json()["orders"]
    assert orders["ord_1"]["paid_minor"] == 1000


def test_the_card_pays_the_tip_of_a_split_order(square: SquareClient) -> None:
    found = payments(square, split(square, tip="2.00"))
    assert [one.get("tip_money") for one in found] == [None, square_money(200)]


@pytest.mark.parametrize("part", ["10.00", "10.01"], ids=["the whole total", "more than the total"])
def test_a_gift_card_pays_only_a_part(square: SquareClient, part: str) -> None:
    answer = square.pay(square.link(), gift_card=part)
    assert (answer.status_code, "Enter a part of $10.00." in answer.text) == (422, True)


def test_a_declined_card_cancels_the_payment_by_gift_card(square: SquareClient) -> None:
    square.listen(event_types=["payment.created", "payment.updated"])
    link = square.link()
    assert square.pay(link, gift_card="4.00", cvc="911").status_code == 402
    seen = [event["data"]["object"]["payment"] for event in square.heard()]
    timelines = [sorted(one["card_details"].get("card_payment_timeline", ())) for one in seen]
    assert [one["status"] for one in seen] == ["APPROVED", "FAILED", "CANCELED"]
    assert (timelines, square.client.balances()) == ([["authorized_at"], [], ["authorized_at", "voided_at"]], {})


def test_an_order_is_paid_after_a_declined_card(square: SquareClient) -> None:
    link = square.link()
    square.pay(link, gift_card="4.00", cvc="911")
    square.pay(link, gift_card="4.00")
    assert [one["status"] for one in payments(square, link)] == ["COMPLETED"] * 2


def test_each_payment_of_a_split_order_is_refunded_on_its_own(square: SquareClient) -> None:
    gift, card = payments(square, split(square))
    assert square.refund(card, 600).status_code == 200
    assert read_error(square.refund(gift, 401))[1] == "REFUND_AMOUNT_INVALID"
    assert (square.client.balances()[GIFT], square.client.balances()[CARD]) == (-400, 0)


@pytest.mark.parametrize(
    ("named", "gift", "card"), [(False, 0, -600), (True, -400, 0)], ids=["no payment", "the second payment"]
)
def test_an_action_means_the_payment_that_it_names_or_the_first(
    square: SquareClient, named: bool, gift: int, card: int
) -> None:
    link = split(square)
    second = payments(square, link)[1]
    square.act(link, "refund", **({"payment": second["id"]} if named else {}))
    assert (square.client.balances()[GIFT], square.client.balances()[CARD]) == (gift, card)


def test_each_payment_of_a_split_order_is_disputed_on_its_own(square: SquareClient) -> None:
    link = split(square)
    gift, card = payments(square, link)
    square.act(link, "dispute", payment=card["id"])
    (dispute,) = square.get("disputes")["disputes"]
    assert (dispute["disputed_payment"]["payment_id"], dispute["amount_money"]) == (card["id"], square_money(600))
    assert square.refund(gift, 400).status_code == 200


def test_an_unknown_payment_is_refused(square: SquareClient) -> None:
    assert square.act(split(square), "refund", payment="pay_x").status_code == 400


def test_the_page_has_the_buttons_of_each_payment(square: SquareClient) -> None:
    link = split(square)
    text = square.client.ask("GET", f"/square/links/{link['id']}").text
    assert (text.count('value="refund"'), text.count('value="dispute"')) == (2, 2)
    assert all(one["id"] in text for one in payments(square, link))


def test_the_page_names_the_tip(square: SquareClient) -> None:
    link = tipped(square)
    assert "with a tip of $2.00" in square.client.ask("GET", f"/square/links/{link['id']}").text


@pytest.mark.parametrize(
    ("amount", "gift", "card"), [(300, -100, -600), (700, 0, -300), (1000, 0, 0)], ids=["a part", "more than the first", "all"]
)
def test_the_merchants_refund_takes_the_first_payment_first(square: SquareClient, amount: int, gift: int, card: int) -> None:
    split(square)
    square.provider.refund("ord_1", amount)
    assert (square.client.balances()[GIFT], square.client.balances()[CARD]) == (gift, card)


def test_the_merchants_refund_is_made_as_a_whole_or_not_at_all(square: SquareClient) -> None:
    split(square)
    with pytest.raises(SquareError):
        square.provider.refund("ord_1", 1001)
    assert (square.client.balances()[GIFT], square.client.balances()[CARD]) == (-400, -600)


@pytest.mark.parametrize(("choice", "paid"), [("tip", [1200]), ("split", [400, 600])])
def test_the_form_of_the_choice_pays_in_that_way(square: SquareClient, choice: str, paid: list[int]) -> None:
    link = square.link()
    square.client.ask("POST", square.panel(link), data=square.provider.buyer_forms[choice])
    assert [one["total_money"]["amount"] for one in payments(square, link)] == paid


def test_pages_keep_to_one_payment_after_a_second_click(square: SquareClient) -> None:
    link = split(square)
    square.pay(link, gift_card="4.00")
    assert len(payments(square, link)) == 2


def test_a_link_that_forbids_tips_takes_none_on_its_page(square: SquareClient) -> None:
    link = square.link(checkout_options={"allow_tipping": False})
    assert 'name="tip"' not in square.look(link).text
    square.pay(link, tip="2.00")
    assert "tip_money" not in square.read_payment(link)


def test_the_seller_takes_a_payment_with_a_tip_in_person(square: SquareClient) -> None:
    link = square.link(checkout_options={"allow_tipping": False, "redirect_url": "https://shop.test/thanks"})
    assert square.act(link, "take_in_person", tip="2.00").status_code == 303
    payment, made = square.read_payment(link), square.read_order(link)
    assert (payment["amount_money"], payment["tip_money"]) == (square_money(1000), square_money(200))
    assert payment["application_details"] == {"square_product": "SQUARE_POS"}
    assert (payment["card_details"]["entry_method"], payment["order_id"]) == ("EMV", link["order_id"])
    assert (made["state"], made["total_tip_money"], made["reference_id"]) == ("OPEN", square_money(200), "ord_1")
    assert "buyer_email_address" not in payment
    # The page of the link says that it is paid, and leads back to the shop.
    assert (square.look(link).status_code, square.pay(link).headers["location"]) == (200, "https://shop.test/thanks")


def test_a_gift_card_and_a_card_pay_in_person(square: SquareClient) -> None:
    link = square.link()
    square.act(link, "take_in_person", tip="2.00", gift_card="4.00")
    assert [one["total_money"] for one in payments(square, link)] == [square_money(400), square_money(800)]
    assert square.client.balances()[CARD] == -800


def test_a_payment_in_person_has_the_webhooks_of_any_payment(square: SquareClient) -> None:
    square.listen(event_types=["payment.created", "payment.updated"])
    link = square.link()
    square.act(link, "take_in_person")
    found = [(event["type"], event["data"]["object"]["payment"]["order_id"]) for event in square.heard()]
    assert found == [("payment.created", link["order_id"]), ("payment.updated", link["order_id"])]


@pytest.mark.parametrize(
    "fields", [{"tip": "two"}, {"tip": "1000000.00"}, {"gift_card": "10.00"}, {"gift_card": "-1"}], ids=str
)
def test_an_amount_that_cannot_be_taken_in_person_is_refused(square: SquareClient, fields: dict[str, str]) -> None:
    link = square.link()
    assert square.act(link, "take_in_person", **fields).status_code == 400
    assert square.read_order(link)["state"] == "DRAFT"


@pytest.mark.parametrize("before", ["take_in_person", "delete"])
def test_only_an_order_that_waits_is_paid_in_person(square: SquareClient, before: str) -> None:
    link = square.link()
    square.act(link, before)
    assert square.act(link, "take_in_person").status_code == 400
