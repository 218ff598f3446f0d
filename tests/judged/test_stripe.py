"""Every answer and webhook of the sandbox's Stripe is as stripe-python's and stripe-node's types say."""

import ast
import copy
from collections.abc import Callable
from inspect import get_annotations
from pathlib import Path
from typing import Any, get_args

import pytest
from stripe._event import Event

from judged import stripe_dts, stripe_types
from judged.tour_stripe import tour
from judged.visits import Visit
from lightning_cart_sandbox.stripe import endpoints
from lightning_cart_sandbox.types import Json


@pytest.fixture(scope="module")
def visits() -> list[Visit]:
    """Return what the tour saw."""
    return list(tour())


@pytest.fixture(scope="module")
def documents(visits: list[Visit]) -> list[Json]:
    """Return the bodies that are no errors."""
    return [visit.document for visit in visits if visit.status < 400]


def emitted() -> set[str]:
    """Return the types of events that the sandbox's code names, of those that Stripe has."""
    known = set(get_args(get_annotations(Event)["type"]))
    found = set()
    for path in Path(endpoints.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                prefix = str(node.values[0].value)
                found |= {name for name in known if "." in prefix and name.startswith(prefix)}
            elif isinstance(node, ast.Constant) and node.value in known:
                found.add(str(node.value))
    return found


def test_the_tour_visits_every_route(visits: list[Visit]) -> None:
    routes = {f"{endpoint.method} {endpoint.path}" for endpoint in endpoints.ENDPOINTS}
    assert routes - {visit.kind for visit in visits if 0 < visit.status < 400} == set()


def test_the_tour_receives_every_type_of_event(visits: list[Visit]) -> None:
    assert emitted() - {visit.kind for visit in visits if visit.status == 0} == set()


def test_every_answer_and_webhook_is_as_stripe_python_says(visits: list[Visit]) -> None:
    found = [
        f"{visit.kind}: {finding}"
        for visit in visits
        for finding in stripe_types.findings("error" if visit.status >= 400 else "", visit.document)
    ]
    assert found == []


type Break = Callable[[Json], Any]


def _pays_by_card(document: Json) -> bool:
    return "card" in document.get("payment_method_details", {"card": {}})


def _card(charge: Json) -> Json:
    card: Json = charge["payment_method_details"]["card"]
    return card


BROKEN: dict[str, tuple[str, Break]] = {
    "a name that is never null is missing": ("product", lambda one: one.pop("updated")),
    "an inner name is missing": ("invoice", lambda one: one["automatic_tax"].pop("enabled")),
    "a name that does not exist": ("payment_link", lambda one: one.update(created=1)),
    "an inner name that does not exist": ("payment_method", lambda one: one["card"].update(network="visa")),
    "a number that is a string": ("charge", lambda one: one.update(amount="1000")),
    "null that never is": ("checkout.session", lambda one: one.update(expires_at=None)),
    "an object that is a string": ("charge", lambda one: one.update(billing_details="Ada")),
    "a list that is an object": ("subscription", lambda one: one.update(discounts={})),
    "an item of a list without a name": ("invoice", lambda one: one["lines"]["data"][0].pop("discounts")),
    "metadata that is a list": ("refund", lambda one: one.update(metadata=[])),
}
ONLY_PYTHON: dict[str, tuple[str, Break]] = {
    "a value that is not known": ("refund", lambda one: one.update(reason="changed_mind")),
    "a number with a fraction": ("charge", lambda one: one.update(amount=10.5)),
}
ONLY_NODE: dict[str, tuple[str, Break]] = {
    "a nullable name is missing": ("charge", lambda one: one.pop("review")),
    "an inner nullable name is missing": ("charge", lambda one: _card(one).pop("mandate")),
}
FORGOTTEN = "an event of a type that does not exist"


@pytest.fixture(scope="module")
def broken(documents: list[Json]) -> dict[str, Json]:
    """Return one broken answer for each way of breaking it."""
    made = {}
    for name, (kind, spoil) in (BROKEN | ONLY_PYTHON | ONLY_NODE).items():
        whole = next(one for one in documents if one["object"] == kind and _pays_by_card(one))
        made[name] = copy.deepcopy(whole)
        spoil(made[name])
    event = next(one for one in documents if one["object"] == "event")
    return made | {FORGOTTEN: {**event, "type": "charge.forgotten"}}


@pytest.mark.parametrize("name", [*BROKEN, *ONLY_PYTHON, FORGOTTEN])
def test_stripe_python_sees(broken: dict[str, Json], name: str) -> None:
    assert len(stripe_types.findings("", broken[name])) == 1


@pytest.fixture(scope="module")
def compiled(documents: list[Json], broken: dict[str, Json], tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """Return the compiler's errors in one run: those of the whole tour as one list, and those of each broken answer."""
    names = [*BROKEN, *ONLY_NODE, FORGOTTEN]
    found = stripe_dts.findings([*documents, *(broken[name] for name in names)], tmp_path_factory.mktemp("answers"))
    tour_errors = [
        f"{document['object']}: {error}" for document, errors in zip(documents, found, strict=False) for error in errors
    ]
    return {"tour": tour_errors, **dict(zip(names, found[len(documents) :], strict=True))}


def test_every_answer_and_webhook_is_as_stripe_node_says(compiled: dict[str, list[str]]) -> None:
    assert compiled["tour"] == []


@pytest.mark.parametrize("name", [*BROKEN, *ONLY_NODE, FORGOTTEN])
def test_stripe_node_sees(compiled: dict[str, list[str]], name: str) -> None:
    assert len(compiled[name]) == 1
