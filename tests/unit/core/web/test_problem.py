"""Problem details: status, log fields, and who is told what."""

import re
from typing import Any

import pytest

from lightning_cart import errors
from lightning_cart.http import HttpRequest
from lightning_cart.web.problem import internal_error, problem_response
from support.app import Shop, problem


@pytest.fixture
def shop() -> Shop:
    return Shop()


def leaves(kind: type[errors.LightningCartError]) -> list[type[errors.LightningCartError]]:
    return [leaf for child in kind.__subclasses__() for leaf in leaves(child)] or [kind]


KINDS = [*leaves(errors.LightningCartError), errors.TooManyRequests, errors.ProviderUnavailable]
MADE: dict[str, Any] = {
    "InvalidField": ("items", "must be a list"),
    "BodyTooLarge": (10,),
    "MethodNotAllowed": (["GET"],),
    "TooManyRequests": (60,),
    "TooManyWrongCodes": (60,),
    "TooManyFreeOrders": (60,),
    "CheckoutEnded": ("ord_x", "expired"),
    "InvalidSettings": (["KEY"],),
    "CatalogError": ([],),
    "OrderNotFoundYet": ("ord_x",),
    "ProviderTimeout": ("stripe", "slow"),
    "ProviderUnavailable": ("stripe", "down"),
    "ProviderRefused": ("stripe", "answered 400"),
}


def test_a_checkout_that_has_ended_says_of_which_order_and_how() -> None:
    content = problem(problem_response(errors.CheckoutEnded("ord_x", "expired"), HttpRequest("POST", "/checkout")))
    assert [content[name] for name in ("type", "order_id", "order_status")] == ["/problems/checkout-ended", "ord_x", "expired"]


def test_a_checkout_that_has_ended_says_that_a_new_key_makes_a_new_order() -> None:
    content = problem(problem_response(errors.CheckoutEnded("ord_x", "expired"), HttpRequest("POST", "/checkout")))
    assert content["reason"].endswith("its order is expired: use a new key, which makes a new order")


def test_an_unknown_strategy_is_named_to_the_caller_and_in_the_log() -> None:
    response = problem_response(errors.UnknownStrategy("cash"), HttpRequest("POST", "/"))
    sentence = "the strategy cash is not in this engine: deploy a release that has it to change its orders"
    assert (problem(response)["type"], problem(response)["detail"]) == ("/problems/unknown-strategy", sentence)
    assert response.log_fields == {"problem": "unknown-strategy", "reason": sentence}


@pytest.mark.parametrize("kind", [errors.OrderBusy, errors.OrderNotFoundYet])
def test_an_order_that_is_not_ready_is_named_in_the_log(kind: type[errors.OrderBusy | errors.OrderNotFoundYet]) -> None:
    assert problem_response(kind("ord_x"), HttpRequest("POST", "/")).log_fields["order_id"] == "ord_x"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_error_becomes_a_problem_that_says_what_to_do(kind: type[errors.LightningCartError]) -> None:
    response = problem_response(kind(*MADE.get(kind.__name__, ("a sentence",))), HttpRequest("GET", "/"))
    content = problem(response)
    assert content["status"] == response.status
    assert content["type"].startswith("/problems/")
    assert content["title"]
    assert content["detail"]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.ProviderTimeout("stripe", "slow"), 504),
        (errors.ProviderUnavailable("stripe", "down"), 502),
        (errors.ProviderRefused("stripe", "no"), 502),
        (errors.StorageUnavailable("gone"), 503),
        (errors.VerificationUnavailable("down"), 503),
        (errors.BadSignature("bad"), 400),
        (errors.ReceiptRequired("receipt"), 401),
        (errors.AdminTokenRequired("token"), 401),
        (errors.CheckoutEnded("ord_x", "paid"), 409),
        (errors.UnknownStrategy("cash"), 409),
        (errors.OrderBusy("ord_x"), 503),
        (errors.OrderNotFoundYet("ord_x"), 503),
        (errors.MoneyError("odd"), 500),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_status_says_whose_fault_it_is(error: errors.LightningCartError, status: int) -> None:
    assert problem_response(error, HttpRequest("GET", "/")).status == status


def test_a_refused_receipt_says_which_scheme_to_use() -> None:
    response = problem_response(errors.ReceiptRequired("send it"), HttpRequest("GET", "/"))
    assert response.header("www-authenticate").startswith("Bearer")


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (errors.StorageUnavailable("gone"), "5"),
        (errors.OrderBusy("ord_x"), "5"),
        (errors.ProviderUnavailable("stripe", "down"), "5"),
        (errors.TooManyRequests(60), "60"),
        (errors.TooManyWrongCodes(3599), "3599"),
        (errors.TooManyFreeOrders(82801), "82801"),
        (errors.ProviderRefused("stripe", "no"), ""),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_will_do_later_says_when(error: errors.LightningCartError, seconds: str) -> None:
    assert problem_response(error, HttpRequest("GET", "/")).header("retry-after") == seconds


def test_the_reason_goes_to_the_log_and_not_to_the_caller() -> None:
    error = errors.ProviderRefused("stripe", "answered 400 about line_items", code="bad", reference="req_1")
    response = problem_response(error, HttpRequest("GET", "/"))
    assert response.log_fields == {
        "problem": "provider-refused",
        "provider": "stripe",
        "reason": "answered 400 about line_items",
        "code": "bad",
        "reference": "req_1",
    }
    assert b"line_items" not in response.body


def test_a_page_is_told_what_to_show_and_its_developer_what_to_change(shop: Shop) -> None:
    content = problem(shop.checkout({"items": [{"id": "test-10", "quantity": 11}]}))
    assert {name: content[name] for name in ("field", "detail", "reason")} == {
        "field": "items[0].quantity",
        "detail": "Quantity of Test checkout: choose 1 to 10.",
        "reason": "must be a whole number from 1 to 10",
    }


def test_what_only_a_developer_can_cause_is_told_to_buyers_as_such(shop: Shop) -> None:
    content = problem(shop.checkout({"items": [{"id": "test-10", "size": "XL"}]}))
    assert content["detail"] == "This cart cannot be bought as it is. Please tell the shop."


@pytest.mark.parametrize("path", ["/admin/orders/ord_x/refunds", "/webhook/stripe", "/health", "/nowhere"])
def test_on_the_routes_of_programs_the_detail_is_the_developers(path: str) -> None:
    content = problem(problem_response(errors.InvalidField("amount_minor", "must be whole"), HttpRequest("POST", path)))
    assert (content["detail"], "reason" in content) == ("must be whole", False)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_buyer_who_has_not_paid_is_never_told_to_wait_for_a_payment(kind: type[errors.LightningCartError]) -> None:
    error = kind(*MADE.get(kind.__name__, ("a sentence",)))
    detail = problem(problem_response(error, HttpRequest("POST", "/checkout")))["detail"]
    assert "If you have paid" not in detail


FOR_OPERATORS = ("not-found", "receipt-needed", "admin-token-needed", "not-possible", "bad-signature")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("path", ["/checkout", "/return/ord_x/token"])
def test_a_buyer_reads_no_word_of_a_developer(kind: type[errors.LightningCartError], path: str) -> None:
    response = problem_response(kind(*MADE.get(kind.__name__, ("a sentence",))), HttpRequest("POST", path))
    content = problem(response)
    assert not re.search(r"Idempotency|JSON|HTTP|engine|field|operator|log\b|\bkey\b", content["detail"])
    slug = content["type"].removeprefix("/problems/")
    assert content["detail"].startswith("There is no page") == (path == "/checkout" and slug in FOR_OPERATORS)


@pytest.mark.parametrize(
    "path", ["/return/ord_x/token", "/orders/ord_x", "/orders/ord_x/page/token", "/orders/ord_x/receipt/token"]
)
@pytest.mark.parametrize(
    "error",
    [
        errors.StorageUnavailable("gone"),
        errors.ProviderTimeout("stripe", "slow"),
        errors.InvalidSettings(["RECEIPT_SECRET"]),
        errors.NotFound("there is no such order"),
        errors.ReceiptRequired("send it"),
        errors.LightningCartError(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_buyer_who_may_have_paid_is_told_not_to_pay_again(error: errors.LightningCartError, path: str) -> None:
    detail = problem(problem_response(error, HttpRequest("GET", path)))["detail"]
    assert "If you have paid, nothing is lost: please do not pay a second time." in detail
    assert "Nothing was charged" not in detail


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (errors.MalformedRequest("x"), "The shop's page sent an order that cannot be read. Nothing was charged."),
        (errors.TooManyRequests(60), "Nothing was charged. Please try again in 60 seconds."),
        (errors.TooManyRequests(121), "Please try again in 3 minutes."),
        (
            errors.TooManyWrongCodes(1800),
            "Nothing was charged. You can order without a code, or try a code again in 30 minutes.",
        ),
        (errors.TooManyFreeOrders(82801), "Nothing was charged. You can order again for free in 24 hours."),
        (errors.TooManyFreeOrders(7200), "You can order again for free in 120 minutes."),
        (errors.ProviderTimeout("stripe", "slow"), "The payment provider did not answer in time. Nothing was charged."),
        (errors.MethodNotAllowed(["POST"]), "This page cannot be opened by itself. Nothing was charged."),
        (errors.InvalidSettings(["KEY"]), "Nothing was charged. Please choose another way to pay, or tell the shop."),
        (errors.IdempotencyConflict("x"), "Nothing was charged. Please press the pay button again."),
        (errors.CheckoutEnded("ord_x", "paid"), "and your payment has arrived or is on its way. The payment provider's e-mail"),
        (errors.CheckoutEnded("ord_x", "refunded"), "and your payment was refunded."),
        (errors.CheckoutEnded("ord_x", "expired"), "The payment page of this order is closed. Nothing was charged."),
        (errors.CheckoutEnded("ord_x", "open"), "The payment page of this order is closed. Please order again"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_buyer_is_told_what_happened_whether_money_was_taken_and_what_to_do(
    error: errors.LightningCartError, words: str
) -> None:
    assert words in problem(problem_response(error, HttpRequest("POST", "/checkout")))["detail"]


def test_an_unforeseen_failure_tells_nothing() -> None:
    assert problem(internal_error(HttpRequest("GET", "/")))["type"] == "/problems/internal-error"
