"""The pictures: they are drawn from the engine's own tables and values, and can be read as text as well."""

import json
import re
from typing import Any

import pytest

from lightning_cart.domain.buyer import Address, Buyer
from lightning_cart.domain.document import Document, DocumentNumber, Series
from lightning_cart.domain.line_item import LineItem
from lightning_cart.domain.money import Money
from lightning_cart.domain.order import OrderStatus
from lightning_cart.domain.payment_event import EventKind
from lightning_cart.domain.receipt import order_shares, share_documents
from lightning_cart.domain.taxes import TaxGroup
from lightning_cart.domain.transitions import TRANSITIONS
from lightning_cart.http import HttpRequest, HttpResponse
from lightning_cart.usecases.receipts import Papers
from lightning_cart_notebook import (
    Exchange,
    Exchanges,
    accounts_view,
    buyer_view,
    codes_view,
    faults_view,
    paper_view,
    show,
    status_counts_view,
)
from lightning_cart_notebook.hosted_page import HostedPage, form_request
from lightning_cart_notebook.ledger_chart import ledger_view
from lightning_cart_notebook.page_view import page_view
from lightning_cart_notebook.sequence import Arrow, draw_sequence
from lightning_cart_notebook.status_diagram import POSITIONS, draw_status, edges
from lightning_cart_notebook.view import BLUE, View, facts, grid
from support.builders import NOW, ORDER_ID, make_event, make_order

S = OrderStatus


def test_every_status_has_a_place_of_its_own() -> None:
    assert set(POSITIONS) == set(OrderStatus)
    assert len(set(POSITIONS.values())) == len(OrderStatus)


def test_every_step_of_the_table_is_drawn() -> None:
    drawn = edges()
    assert {(before, after) for (before, _), after in TRANSITIONS.items()} <= set(drawn)
    assert draw_status([S.OPEN]).count('fill="none"') == len(drawn)


def test_the_transitions_of_an_order_are_marked_and_the_rest_is_pale() -> None:
    drawn = draw_status([S.OPEN, S.PENDING, S.PAID])
    assert drawn.count(f'fill="none" stroke="{BLUE}"') == 2
    assert draw_status([S.OPEN]).count(f'fill="none" stroke="{BLUE}"') == 0


def test_the_statuses_of_an_order_are_in_the_pictures_label() -> None:
    assert 'aria-label="status: open → paid"' in draw_status([S.OPEN, S.PAID])


@pytest.mark.parametrize("status", OrderStatus)
def test_the_current_status_of_an_order_is_marked(status: OrderStatus) -> None:
    assert f'font-weight="700">{status}</text>' in show(make_order(status=status)).html


def test_an_orders_product_is_shown_as_it_is_named() -> None:
    line = LineItem("x", "Ten <b>“dollars”</b> — Ñandú 🫖", Money(1000, "USD"), 2)
    view = show(make_order(lines=(line,)))
    assert "2 of Ten <b>“dollars”</b> — Ñandú 🫖" in view.text
    assert "&lt;b&gt;" in view.html


def test_an_event_is_shown_in_the_engines_words() -> None:
    text = show(make_event(EventKind.PAID)).text
    assert re.search(r"kind +paid\n", text)
    assert re.search(r"amount +\$10\.00\n", text)


def test_what_has_no_picture_is_shown_as_python_writes_it() -> None:
    assert repr(show(7)) == "7"


def report(*amounts: int, currency: str = "USD") -> dict[str, Any]:
    accounts = [
        {"name": f"account {index}", "currency": currency, "balance_minor": minor} for index, minor in enumerate(amounts)
    ]
    entries = [{"account": one["name"], "amount_minor": one["balance_minor"]} for one in accounts]
    transaction = {"description": "Charge", "currency": currency, "entries": entries}
    return {"accounts": accounts, "transactions": [transaction], "balanced": not sum(amounts)}


def test_the_ledger_draws_what_came_to_the_right_and_what_went_to_the_left() -> None:
    drawn = ledger_view(report(-1000, 941, 59)).html
    bars = [(int(x), int(width)) for x, width in re.findall(r'<rect x="(\d+)" y="\d+" width="(\d+)"', drawn)]
    (left, length), *gains = bars
    assert left + length == gains[0][0] == gains[1][0]
    assert length > gains[0][1] > gains[1][1] >= 1


@pytest.mark.parametrize(("amounts", "verdict"), [((-10, 10), "it balances"), ((-10, 9), "it does not balance")])
def test_the_ledger_says_whether_it_balances(amounts: tuple[int, ...], verdict: str) -> None:
    assert ledger_view(report(*amounts)).text.startswith(f"The ledger: {verdict}\n")


def test_the_ledger_writes_each_currency_in_its_own_way() -> None:
    assert "account 1: +¥10" in ledger_view(report(-10, 10, currency="JPY")).text


def test_an_empty_ledger_says_so() -> None:
    assert "No money has moved." in ledger_view({"accounts": [], "transactions": [], "balanced": True}).html


def test_requests_and_responses_are_drawn_in_the_order_of_time() -> None:
    arrows = [Arrow(4, "b", "a", "fourth", back=True), Arrow(1, "a", "b", "first"), Arrow(2, "b", "c", "second")]
    drawn = draw_sequence(arrows)
    assert re.findall(r">(first|second|fourth)</text>", drawn) == ["first", "second", "fourth"]


def test_a_long_id_is_shortened_in_the_picture() -> None:
    assert ">GET /sessions/cs_test_abcd…<" in draw_sequence([Arrow(1, "a", "b", "GET /sessions/cs_test_abcdefghijklmnopqrst")])


def test_bars_of_orders_are_as_wide_as_their_shares() -> None:
    order = make_order()
    view = status_counts_view({"now": [order, order._replace(status=S.PAID), order._replace(status=S.PAID), order]})
    assert [int(width) for width in re.findall(r'<rect [^>]* width="(\d+)"', view.html)] == [238, 238]
    assert "now: 2 open, 2 paid" in view.text


def test_a_hosted_page_is_framed_without_scripts_and_forms_and_with_its_stylesheet() -> None:
    page = '<title>Pay</title><link rel="stylesheet" href="/static/sandbox.css"><script>alert(1)</script>'
    view = page_view("https://pay.example/", page, "body { margin: 0 }")
    assert 'iframe sandbox=""' in view.html
    assert "&lt;style&gt;body { margin: 0 }&lt;/style&gt;" in view.html
    assert "<script>" not in view.html


def test_only_the_fields_of_the_page_are_submitted() -> None:
    page = HostedPage("https://pay.example/", View("", ""), frozenset({"name", "action"}))
    request = form_request(page, {"name": "Ada", "shipping_name": "Ada", "action": "pay"})
    assert request.body == b"name=Ada&action=pay"


def papers() -> Papers:
    order = make_order(number=DocumentNumber(2026, 17, NOW), taxes=(TaxGroup("21", "IVA", True, 826, 174),))
    note = Document(Series.CREDIT_NOTE, 1, 250, "rfd_1", NOW, DocumentNumber(2026, 3, NOW))
    return Papers(order, order_shares(order), share_documents(order, [note], {}), NOW)


def test_the_accounts_take_credit_notes_off_and_add_all_up() -> None:
    lines = [line.split("  ") for line in accounts_view([papers()]).text.splitlines()[1:]]
    assert [[cell.strip() for cell in line if cell.strip()] for line in lines] == [
        ["2026-17", "IVA 21 %", "$8.26", "$1.74", "$10.00"],
        ["C2026-3", "IVA 21 %", "-$2.07", "-$0.43", "-$2.50"],
        ["all", "$6.19", "$1.31", "$7.50"],
    ]


def test_a_buyer_is_shown_without_the_address_of_the_mail() -> None:
    buyer = Buyer(Address("ES", "Núria Ñandú", "Carrer 1"), note="Ring twice")
    text = buyer_view(make_order(customer_email="nuria@example.com", buyer=buyer)).text
    assert "Núria Ñandú" in text
    assert "Ring twice" in text
    assert "nuria" not in text


def test_a_page_of_the_engine_is_shown_as_text_too_without_its_token() -> None:
    page = (
        "<head><title>Receipt &ndash; A &amp; B</title><style>@media print{}</style></head><p>A &amp; B</p><table><tr><th>Mug"
        '<small class="narrow">Each $1</small></th><td>$1.00</td></tr></table><nav>Back</nav>'
    )
    url = f"https://pay.example/orders/{ORDER_ID}/receipt/0a1b2c"
    response = HttpResponse(200, {}, page.encode())
    exchange = Exchange("the buyer", "the engine", HttpRequest("GET", url), response, 1, 1, 2, Exchanges())
    view = paper_view(exchange)
    assert view.text.splitlines() == [
        "Receipt \N{EN DASH} A & B",
        f"https://pay.example/orders/{ORDER_ID}/receipt/••••",
        "A & B",
        "Mug  $1.00",
    ]
    assert "0a1b2c" not in view.html
    assert "@media print{}" in view.html


def test_what_does_not_hold_is_a_table() -> None:
    answer = {"code": {"fault": "over", "detail": "The code OLD has ended."}}
    response = HttpResponse(200, {}, json.dumps(answer).encode())
    asked = Exchange("the buyer", "the engine", HttpRequest("POST", "/quote"), response, 1, 1, 2, Exchanges())
    assert "over  over   The code OLD has ended." in faults_view({"its time is over": asked}).text
    code = {"code": "OLD", "state": "over", "used": 3, "held": 1, "most_uses": None}
    assert "OLD  over  3  1  no limit" in re.sub(" {2,}", "  ", codes_view([code]).text)


def test_colours_are_the_pages_own() -> None:
    html = View("x", "x")._repr_html_()
    assert re.findall(r"(?<!-)color:(?!inherit)", html) == []


def test_a_table_names_only_what_is_there() -> None:
    assert facts("Title", [("a", "1"), ("b", "")]).text == "Title\n  a  1"
    assert grid("Title", ("a", "b"), [("1", "2")]).text == "Title\n  1  2"
