"""A webhook is verified over its raw bytes and recorded once, on every runtime."""

import socket
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from lightning_cart.web.app import WEBHOOK_LIMIT
from support.runtimes import RuntimeShop
from support.stripe import event

pytestmark = [pytest.mark.process, pytest.mark.xdist_group("runtimes")]
SAME, AT_ONCE = 3, 10
BOM = b"\xef\xbb\xbf"


def test_a_paid_order_is_paid_and_told_of_once_however_often_its_event_comes(shop: RuntimeShop) -> None:
    first, second = shop.open(), shop.open()
    answers = [shop.send(shop.paid(first)) for _ in range(SAME)]
    shop.send(shop.paid(second))
    assert shop.wait_for_message(second) == 1  # effects are told in their order: by now all of the first's have been
    assert [answer.status_code for answer in answers] == [200] * SAME
    assert (shop.order(first)["status"], shop.order(first)["paid_minor"], shop.merchant.count_messages(first["order_id"])) == (
        "paid",
        1000,
        1,
    )


def hang_up_on(shop: RuntimeShop, body: bytes, after: float) -> None:
    """Send a webhook, and disconnect some seconds later without reading the response."""
    address = httpx.URL(shop.runtime.address)
    head = f"POST /webhook/stripe HTTP/1.1\r\nhost: {address.host}\r\nstripe-signature: {shop.sign(body)}\r\n"
    with socket.create_connection((address.host, address.port or 80), timeout=10) as connection:
        connection.sendall(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
        time.sleep(after)


@pytest.mark.parametrize("shop", ["asgi-sqlite", "asgi-postgres"], indirect=True)
def test_a_webhook_whose_sender_hung_up_is_recorded_once_when_it_comes_again(shop: RuntimeShop) -> None:
    for number in range(5):
        checkout = shop.open()
        hang_up_on(shop, shop.paid(checkout), number * 0.002)
        assert [shop.send(shop.paid(checkout)).status_code for _ in range(2)] == [200, 200]
        assert shop.order(checkout)["paid_minor"] == 1000
        assert shop.wait_for_message(checkout) == 1


def test_the_same_event_many_times_at_once_has_one_effect(shop: RuntimeShop) -> None:
    checkout, later = shop.open(), shop.open()
    body = shop.paid(checkout)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        statuses = [answer.status_code for answer in pool.map(shop.send, [body] * AT_ONCE)]
    shop.send(shop.paid(later))
    assert shop.wait_for_message(later) == 1
    assert statuses == [200] * AT_ONCE
    assert (shop.order(checkout)["paid_minor"], shop.merchant.count_messages(checkout["order_id"])) == (1000, 1)


def test_events_with_the_same_news_at_once_have_one_effect(shop: RuntimeShop) -> None:
    checkout, later = shop.open(), shop.open()
    bodies = [shop.paid(checkout, f"evt_{checkout['order_id']}_{number}") for number in range(AT_ONCE)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        statuses = [answer.status_code for answer in pool.map(shop.send, bodies)]
    shop.send(shop.paid(later))
    assert shop.wait_for_message(later) == 1
    assert statuses == [200] * AT_ONCE
    assert (shop.order(checkout)["paid_minor"], shop.merchant.count_messages(checkout["order_id"])) == (1000, 1)


def test_the_same_checkout_many_times_at_once_is_one_order(shop: RuntimeShop) -> None:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(lambda _: shop.check_out(key="clicked-again-and-again"), range(AT_ONCE)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1


@pytest.mark.parametrize(
    ("body", "signed"),
    [
        (b'{"id": "evt_1", "amount": 1.0}', b'{"id": "evt_1", "amount": 1}'),
        (b'{"id": "evt_1", "amount": 1}', b'{"id": "evt_1", "amount": 1.0}'),
        (BOM + b'{"id": "evt_1"}', b'{"id": "evt_1"}'),
        (b'{"id": "evt_1"}', BOM + b'{"id": "evt_1"}'),
        (b'{"id": "\xff"}', '{"id": "\N{REPLACEMENT CHARACTER}"}'.encode()),
        (b'{"id": "evt_1"}\r\n', b'{"id": "evt_1"}\n'),
        ('{"id": "\u00e9"}'.encode(), '{"id": "e\u0301"}'.encode()),
    ],
    ids=["1.0 for 1", "1 for 1.0", "a BOM put on", "a BOM taken off", "bytes replaced", "another end of line", "é composed"],
)
def test_a_body_is_verified_as_bytes_and_not_as_what_they_mean(shop: RuntimeShop, body: bytes, signed: bytes) -> None:
    answer = shop.send(body, signed)
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/bad-signature")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"id": "evt_1", "object": "event", "type": "x.y", "data": {"object": {"amount": 1.0}}}', 200),
        ('{"id": "evt_1", "object": "event", "type": "x.y", "data": {"object": {"name": "Ñandú 🫖"}}}'.encode(), 200),
        (b'{"id": "\xff"}', 400),
        (BOM + b'{"id": "evt_1", "object": "event", "type": "x.y", "data": {"object": {}}}', 200),
        (b"", 400),
    ],
    ids=["1.0", "Unicode", "invalid UTF-8", "a byte order mark", "no bytes"],
)
def test_what_is_rightly_signed_is_read_as_it_is(shop: RuntimeShop, body: bytes, expected: int) -> None:
    assert shop.send(body).status_code == expected


def test_an_amount_of_1000_and_one_of_1000_0_are_not_the_same_money(shop: RuntimeShop) -> None:
    checkout = shop.open()
    body = shop.paid(checkout).replace(b'"amount_total":1000', b'"amount_total":1000.0')
    assert (b"1000.0" in body, shop.send(body).status_code) == (True, 200)
    order = shop.order(checkout)
    assert (order["status"], order["needs_review"]) == ("open", True)


def test_a_signature_with_several_commas_stays_whole(shop: RuntimeShop) -> None:
    checkout = shop.open()
    body = shop.paid(checkout)
    signature = shop.sign(body).replace(",", f",v1={'0' * 64},v0=old, v1=wrong,")
    assert shop.send(body, signature=signature).status_code == 200
    assert shop.order(checkout)["status"] == "paid"


@pytest.mark.parametrize(
    "signature",
    ["t=1,v1=é".encode(), b"t=1,v1=\xff", "t=\uff11,v1=00".encode(), b"", b",,,"],
    ids=["UTF-8", "Latin-1", "a full-width digit", "nothing", "commas"],
)
def test_a_signature_that_is_none_is_refused(shop: RuntimeShop, signature: bytes) -> None:
    answer = shop.send(b"{}", signature=signature)
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/bad-signature")


def test_a_signed_webhook_may_be_as_long_as_the_limit(shop: RuntimeShop) -> None:
    body = event("x.y", {"pad": "é" * 1000}).ljust(WEBHOOK_LIMIT)
    assert [shop.send(body).status_code, shop.send(body + b" ").status_code] == [200, 413]
