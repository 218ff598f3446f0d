"""Whose payment it is, the buyer's return and an operator's decisions, on every runtime."""

import re
from typing import Any
from urllib.parse import urlsplit

import pytest

from support.runtimes import RuntimeShop
from support.stripe import event

pytestmark = [pytest.mark.process, pytest.mark.xdist_group("runtimes")]


def history(shop: RuntimeShop, checkout: dict[str, Any]) -> dict[str, Any]:
    answer = shop.admin("GET", checkout["order_id"])
    assert answer.status_code == 200, answer.text
    content: dict[str, Any] = answer.json()
    return content


def test_the_return_with_its_token_leads_to_the_shop_with_a_receipt(shop: RuntimeShop) -> None:
    checkout = shop.open()
    answer = shop.client.get(shop.return_path(checkout))
    page = f"/success.html#order={checkout['order_id']}&receipt={checkout['receipt']}"
    assert (answer.status_code, answer.headers["location"].endswith(page)) == (303, True)


def test_the_return_without_its_token_gives_no_receipt(shop: RuntimeShop) -> None:
    checkout, other = shop.open(), shop.open()
    token = shop.return_path(other).rpartition("/")[2]
    paths = [f"/return/{checkout['order_id']}", f"/return/{checkout['order_id']}/{token}"]
    assert [shop.client.get(path).status_code for path in paths] == [404, 404]
    assert shop.count_readings(checkout) == 0


def test_a_paid_order_has_a_page_and_a_receipt_for_who_has_its_token(shop: RuntimeShop) -> None:
    checkout = shop.open()
    shop.send(shop.paid(checkout))
    shown = shop.order(checkout)
    for url in (shown["page_url"], shown["receipt"]["url"]):
        path = urlsplit(url).path
        answers = [shop.client.request(method, path) for method in ("GET", "HEAD")]
        assert [answer.status_code for answer in answers] == [200, 200]
        assert answers[0].headers["content-security-policy"].startswith("default-src 'none'; style-src 'sha256-")
        assert (answers[0].text.startswith("<!doctype html>"), answers[1].text) == (True, "")
        assert shop.client.get(path[:-32] + "0" * 32).status_code == 404
    assert f"<h1>Receipt {shown['receipt']['number']}</h1>" in answers[0].text


def test_a_return_that_nobody_sees_asks_nothing_and_two_at_once_ask_once(shop: RuntimeShop) -> None:
    checkout = shop.open()
    path = shop.return_path(checkout)
    hidden = [shop.client.head(path), shop.client.get(path, headers={"sec-purpose": "prefetch"})]
    assert ([answer.status_code for answer in hidden], shop.count_readings(checkout)) == ([303, 303], 0)
    seen = [shop.client.get(path), shop.client.get(path)]
    assert ([answer.status_code for answer in seen], shop.count_readings(checkout)) == ([303, 303], 1)


def test_a_payment_of_another_checkout_that_names_an_order_changes_nothing(shop: RuntimeShop) -> None:
    checkout = shop.open()
    assert shop.send(shop.paid(checkout, id="cs_test_of_another_link", metadata={})).status_code == 200
    found = history(shop, checkout)
    assert (found["status"], found["needs_review"], found["events"], found["payments"]) == ("open", False, [], [])


def test_key_written_metadata_that_contradicts_the_checkout_needs_review(shop: RuntimeShop) -> None:
    checkout = shop.open()
    shop.send(shop.paid(checkout, id="cs_test_of_another_link"))
    found = history(shop, checkout)
    assert (found["status"], found["review_reason"], found["payments"]) == ("open", "another_checkout", [])


def test_a_wrong_amount_is_accepted_and_the_merchant_is_told(shop: RuntimeShop) -> None:
    checkout = shop.open()
    shop.send(shop.paid(checkout, amount_total=999))
    assert (history(shop, checkout)["status"], history(shop, checkout)["review_reason"]) == ("pending", "amount")
    answer = shop.admin("POST", f"{checkout['order_id']}/accept", reason="agreed by phone")
    assert (answer.status_code, answer.json()["status"], answer.json()["needs_review"]) == (200, "paid", False)
    found = history(shop, checkout)
    assert [(row["action"], row["reason"]) for row in found["log"]] == [("accept", "agreed by phone")]
    assert "order.paid" in [row["effect"] for row in found["effects"]]


def test_an_order_with_money_is_not_closed_and_one_without_is(shop: RuntimeShop) -> None:
    short, unpaid = shop.open(), shop.open()
    shop.send(shop.paid(short, amount_total=999))
    answers = [shop.admin("POST", f"{one['order_id']}/close", reason="no answer") for one in (short, unpaid)]
    assert [answer.status_code for answer in answers] == [409, 200]
    assert re.search(r"9[.,]99", answers[0].json()["detail"])
    assert history(shop, unpaid)["status"] == "expired"


@pytest.mark.parametrize("path", ["{}", "{}/accept", "{}/close"])
def test_nobody_decides_without_the_token(shop: RuntimeShop, path: str) -> None:
    checkout = shop.open()
    assert shop.admin("GET" if path == "{}" else "POST", path.format(checkout["order_id"]), token="wrong").status_code == 401


def test_the_key_of_an_ended_checkout_is_a_conflict(shop: RuntimeShop) -> None:
    key = f"ended-{shop.open()['order_id']}"
    checkout = shop.open(key=key)
    shop.admin("POST", f"{checkout['order_id']}/cancel")
    answer = shop.check_out(key=key)
    found = answer.json()
    assert (answer.status_code, found["type"], found["order_id"], found["order_status"]) == (
        409,
        "/problems/checkout-ended",
        checkout["order_id"],
        "expired",
    )


def test_two_disputes_of_a_payment_are_kept_one_by_one(shop: RuntimeShop) -> None:
    checkout = shop.open()
    shop.send(shop.paid(checkout))
    for number in (1, 2):
        dispute_id = f"dp_{number}_{checkout['order_id']}"
        dispute = {"id": dispute_id, "payment_intent": f"pi_{checkout['order_id']}", "amount": 400, "currency": "usd"}
        body = event("charge.dispute.created", dispute | {"status": "needs_response"}, f"evt_{dispute_id}")
        assert shop.send(body).status_code == 200
    found = history(shop, checkout)
    assert [(row["amount_minor"], row["state"]) for row in found["disputes"]] == [(400, "open"), (400, "open")]
    assert sum(row["effect"].startswith("order.disputed:") for row in found["effects"]) == 2
