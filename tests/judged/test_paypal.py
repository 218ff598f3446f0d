"""Every answer and webhook of the sandbox's PayPal is as paypal-server-sdk and PayPal's specification say."""

import ast
import copy
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from judged.paypal_types import findings
from judged.tour_paypal import PayPalVisit, tour
from lightning_cart_sandbox.paypal import endpoints
from lightning_cart_sandbox.types import Json

_EVENT = re.compile(r"(CHECKOUT|PAYMENT|CUSTOMER)\.[A-Z-]+\.[A-Z]+")


@pytest.fixture(scope="module")
def visits() -> list[PayPalVisit]:
    """Return what the tour saw."""
    return tour()


def emitted() -> set[str]:
    """Return the types of events that the sandbox's code names, other than those that a webhook can ask for."""
    found = set()
    for path in Path(endpoints.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and _EVENT.fullmatch(str(node.value)):
                found.add(str(node.value))
    return found


def test_the_tour_visits_every_route(visits: list[PayPalVisit]) -> None:
    routes = {f"{endpoint.method} {endpoint.path}" for endpoint in endpoints.ENDPOINTS} | {"POST /v1/oauth2/token"}
    assert routes - {visit.kind for visit in visits if 0 < visit.status < 400} == set()


def test_the_tour_receives_every_type_of_event(visits: list[PayPalVisit]) -> None:
    assert emitted() - {visit.kind for visit in visits if visit.status == 0} == set()


def test_every_answer_and_webhook_is_as_paypal_says(visits: list[PayPalVisit]) -> None:
    assert [f"{visit.kind}: {one}" for visit in visits for one in findings(visit.judged_as, visit.document)] == []


type Break = Callable[[Json], Any]


def _captured(order: Json) -> Json:
    capture: Json = order["purchase_units"][0]["payments"]["captures"][0]
    return capture


BROKEN: dict[str, tuple[str, Break]] = {
    "a name that is always there is missing": ("Refund", lambda one: one.pop("status")),
    "a name that is missing in a minimal answer": ("MinimalOrder", lambda one: one.pop("links")),
    "an inner name that does not exist": ("CHECKOUT.ORDER.COMPLETED", lambda one: _captured(one["resource"]).update(payee={})),
    "a number that is a string": ("Events", lambda one: one.update(count="1")),
    "a value that is not known": ("CapturedPayment", lambda one: one.update(status="DONE")),
    "a payer id with a zero": ("CHECKOUT.ORDER.APPROVED", lambda one: one["resource"]["payer"].update(payer_id="0" * 13)),
    "a custom id with a colon": ("Refund", lambda one: one.update(custom_id="site:ord_1")),
    "an amount that is a number": ("CapturedPayment", lambda one: one["amount"].update(value=10)),
    "a text beyond its length": ("Order", lambda one: one["purchase_units"][0].update(soft_descriptor="x" * 23)),
    "a time without a zone": (
        "CUSTOMER.DISPUTE.CREATED",
        lambda one: one["resource"].update(create_time="2026-05-28T20:26"),
    ),
    "another resource's type": ("PAYMENT.CAPTURE.REFUNDED", lambda one: one.update(resource_type="capture")),
    "another status than the event's": ("PAYMENT.CAPTURE.DENIED", lambda one: one["resource"].update(status="COMPLETED")),
    "an issue that PayPal has not": ("error capture 422", lambda one: one["details"][0].update(issue="NO_MONEY")),
    "another call's issue": ("error create 422", lambda one: one["details"][0].update(issue="PENDING_CAPTURE")),
    "another sentence": ("error refund 422", lambda one: one["details"][0].update(description="Sorry")),
    "a message of another error": ("error read 404", lambda one: one.update(message="Not found")),
}


@pytest.mark.parametrize("name", BROKEN)
def test_every_broken_answer_is_seen(visits: list[PayPalVisit], name: str) -> None:
    kind, spoil = BROKEN[name]
    broken = copy.deepcopy(next(visit.document for visit in visits if visit.judged_as == kind))
    assert findings(kind, broken) == []
    spoil(broken)
    assert len(findings(kind, broken)) == 1
