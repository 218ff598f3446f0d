"""Problem details: status, sentence, log fields and the page for browsers."""

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


MADE: dict[str, Any] = {
    "InvalidField": ("items", "must be a list"),
    "BodyTooLarge": (10,),
    "MethodNotAllowed": (["GET"],),
    "TooManyRequests": (60,),
    "InvalidSettings": (["KEY"],),
    "CatalogError": ([],),
    "OrderNotFoundYet": ("ord_x",),
    "ProviderTimeout": ("stripe", "slow"),
    "ProviderUnavailable": ("stripe", "down"),
    "ProviderRefused": ("stripe", "answered 400"),
}


@pytest.mark.parametrize("kind", leaves(errors.LightningCartError), ids=lambda kind: kind.__name__)
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
        (errors.MoneyError("odd"), 500),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_status_says_whose_fault_it_is(error: errors.LightningCartError, status: int) -> None:
    assert problem_response(error, HttpRequest("GET", "/")).status == status


def test_a_refused_receipt_says_which_scheme_to_use() -> None:
    response = problem_response(errors.ReceiptRequired("send it"), HttpRequest("GET", "/"))
    assert response.header("www-authenticate").startswith("Bearer")


def test_what_will_do_later_says_when() -> None:
    assert problem_response(errors.StorageUnavailable("gone"), HttpRequest("GET", "/")).header("retry-after") == "5"


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


def test_a_browser_gets_a_page_with_the_same_words(shop: Shop) -> None:
    body = b"id=test-10&quantity=<0>"
    response = shop.handle("POST", "/checkout", body, content_type="application/x-www-form-urlencoded", accept="text/html,*/*")
    assert (response.status, response.header("content-type")) == (422, "text/html; charset=utf-8")
    assert b"Items[0].quantity must be a whole number from 1 to 10." in response.body


def test_a_page_shows_markup_as_text() -> None:
    error = errors.InvalidField("<script>", "must not be <b>")
    response = problem_response(error, HttpRequest("GET", "/", {"accept": "text/html"}))
    assert b"<script>" not in response.body
    assert b"&lt;script&gt;" in response.body


def test_an_unforeseen_failure_tells_nothing() -> None:
    assert problem(internal_error(HttpRequest("GET", "/")))["type"] == "/problems/internal-error"
