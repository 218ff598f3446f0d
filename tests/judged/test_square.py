"""Every answer and webhook of the sandbox's Square is as squareup's models and Square's API reference say."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from judged.square_types import RESPONSES, findings
from judged.tour_square import tour
from judged.visits import Visit
from lightning_cart_sandbox.square.endpoints import ENDPOINTS
from lightning_cart_sandbox.square.events import EVENT_TYPES
from lightning_cart_sandbox.types import Json


@pytest.fixture(scope="module")
def visits() -> list[Visit]:
    """Return what the tour saw."""
    return tour()


def test_every_route_has_a_type() -> None:
    assert RESPONSES.keys() == {f"{endpoint.method} {endpoint.path}" for endpoint in ENDPOINTS}


def test_the_tour_visits_every_route(visits: list[Visit]) -> None:
    assert RESPONSES.keys() - {visit.kind for visit in visits if visit.status == 200} == set()


def test_the_tour_receives_every_type_of_event(visits: list[Visit]) -> None:
    assert set(EVENT_TYPES) - {visit.kind for visit in visits if visit.status == 0} == set()


def test_every_answer_and_webhook_is_as_square_says(visits: list[Visit]) -> None:
    found = [f"{visit.kind} {visit.status}: {one}" for visit in visits for one in findings(kind_of(visit), visit.document)]
    assert found == []


def kind_of(visit: Visit) -> str:
    """Return what a document is held to."""
    if visit.status == 0:
        return visit.kind
    return RESPONSES[visit.kind] if visit.status == 200 else "Errors"


type Break = Callable[[Any], object]

BROKEN: dict[str, tuple[str, Break]] = {
    "a name of the response is missing": ("GET orders/*", lambda one: one.pop("order")),
    "a name of an object is missing": ("GET payments/*", lambda one: one["payment"].pop("order_id")),
    "a name of a tender is missing": ("GET orders/*", lambda one: one["order"]["tenders"][0].pop("payment_id")),
    "a name that does not exist": ("GET payments/*", lambda one: one["payment"].update(colour="red")),
    "an inner name that does not exist": ("GET orders/*", lambda one: one["order"]["line_items"][0].update(price=1)),
    "an amount that is a string": ("GET payments/*", lambda one: one["payment"]["amount_money"].update(amount="10")),
    "a status that is none": ("GET payments/*", lambda one: one["payment"].update(status="PAID")),
    "a state that is none": ("GET orders/*", lambda one: one["order"].update(state="PAID")),
    "a currency that is none": ("GET locations/*", lambda one: one["location"].update(currency="usd")),
    "null": ("GET orders/*", lambda one: one["order"].update(closed_at=None)),
    "an object that is a string": ("GET orders/*", lambda one: one["order"].update(source="Shop")),
    "a list that is an object": ("GET orders/*", lambda one: one["order"].update(taxes={})),
    "a truth that is a string": ("GET webhooks/subscriptions/*", lambda one: one["subscription"].update(enabled="yes")),
    "an event with a place": ("payment.updated", lambda one: one.update(location_id="LSANDBOXUSD")),
    "a dispute's event without a place": ("dispute.created", lambda one: one.pop("location_id")),
    "an event without a time": ("order.updated", lambda one: one.pop("created_at")),
    "an event of another type": ("refund.updated", lambda one: one.update(type="refund.created")),
    "an event about another object": ("order.created", lambda one: one["data"].update(type="order")),
}


def _paid(visits: list[Visit], kind: str) -> Json:
    """Return a successful document that has all parts which are broken here."""
    wanted = [one.document for one in visits if one.kind == kind and one.status in {0, 200}]
    with_tenders = [one for one in wanted if "tenders" in one.get("order", {})]
    document: Json = copy.deepcopy((with_tenders or wanted)[0])
    return document


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_document_is_seen(visits: list[Visit], name: str) -> None:
    kind, spoil = BROKEN[name]
    document = _paid(visits, kind)
    spoil(document)
    assert len(findings(RESPONSES.get(kind, kind), document)) == 1


@pytest.mark.parametrize(
    "document",
    [
        pytest.param({}, id="no errors"),
        pytest.param({"errors": {}}, id="errors that are no list"),
        pytest.param({"errors": [{"category": "API_ERROR", "detail": "x"}]}, id="no code"),
        pytest.param({"errors": [{"category": "API_ERROR", "code": "WRONG", "detail": "x"}]}, id="a code that is none"),
        pytest.param({"errors": [], "error": "x"}, id="a name that does not exist"),
    ],
)
def test_a_broken_error_is_seen(document: Json) -> None:
    assert len(findings("Errors", document)) == 1


def test_an_event_that_square_does_not_have_is_seen() -> None:
    assert findings("payment.forgotten", {}) == ["payment.forgotten: Square has no PaymentForgottenEvent"]
