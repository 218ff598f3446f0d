"""The documents say what the code does: routes, statuses, settings, events and problems are compared, not trusted."""

import re

import pytest

from lightning_cart.engine import NEEDS
from lightning_cart.needs import Need
from lightning_cart.order import TRANSITIONS, EventKind, OrderStatus
from lightning_cart.problem import _TABLE
from lightning_cart.providers import REGISTER
from lightning_cart.providers.paypal.status import _KINDS as PAYPAL_KINDS
from lightning_cart.providers.stripe.status import _KINDS
from lightning_cart.strategy import PaymentStrategy
from support import ROOT, Shop

DOCS = {path.name: path.read_text(encoding="utf-8") for path in [*(ROOT / "docs").glob("*.md"), ROOT / "README.md"]}


def test_the_diagram_is_the_table() -> None:
    drawn = {tuple(pair) for pair in re.findall(r"^    (\w+) --> (\w+)$", DOCS["design.md"], re.MULTILINE)}
    table = {(str(before), str(after)) for (before, _), after in TRANSITIONS.items()}
    part = OrderStatus.PARTIALLY_REFUNDED
    assert drawn == table | {
        (str(before), str(part)) for before, kind in TRANSITIONS if kind is EventKind.REFUNDED and before != part
    }


@pytest.mark.parametrize("status", OrderStatus)
def test_every_status_is_explained(status: OrderStatus) -> None:
    assert f"`{status}`" in DOCS["http.md"]


def test_every_route_is_documented() -> None:
    routes = {route.pattern.pattern.replace("([^/]+)", "{}") for route in Shop().app._routes}
    written = set(re.findall(r"`(?:GET|POST) (/[^`?]*)`", DOCS["http.md"]))
    assert {re.sub(r"\{\w+\}", "{}", path) for path in written} == routes


@pytest.mark.parametrize("event_type", _KINDS)
def test_every_stripe_event_we_act_on_is_documented(event_type: str) -> None:
    assert f"`{event_type}`" in DOCS["stripe.md"]


@pytest.mark.parametrize("event_type", PAYPAL_KINDS)
def test_every_paypal_event_we_act_on_is_documented(event_type: str) -> None:
    assert f"`{event_type}`" in DOCS["paypal.md"]


@pytest.mark.parametrize("strategy", REGISTER, ids=lambda strategy: strategy.name)
def test_every_way_to_pay_is_documented(strategy: type[PaymentStrategy]) -> None:
    assert f"`{strategy.name}`" in DOCS["http.md"]
    assert f"`{strategy.name}`" in DOCS[f"{strategy.provider_name()}.md"]


@pytest.mark.parametrize("need", [need for strategy in REGISTER for need in strategy.needs], ids=lambda need: need.name)
def test_every_setting_of_a_provider_is_documented(need: Need) -> None:
    assert any(f"`{need.name}`" in text for text in DOCS.values())


@pytest.mark.parametrize("need", NEEDS, ids=lambda need: need.name)
def test_every_setting_of_ours_is_documented(need: Need) -> None:
    assert f"`{need.name}`" in DOCS["README.md"] + (ROOT / "SECURITY.md").read_text(encoding="utf-8")


def test_every_problem_is_documented() -> None:
    assert {telling.slug for telling in _TABLE.values()} == set(
        re.findall(r"^\| `/problems/([a-z-]+)`", DOCS["http.md"], re.MULTILINE)
    )


@pytest.mark.parametrize("name", DOCS)
def test_every_link_within_the_project_leads_somewhere(name: str) -> None:
    folder = ROOT if name == "README.md" else ROOT / "docs"
    links = re.findall(r"\]\((?!https?://|#)([^)#]+)", DOCS[name])
    assert [link for link in links if not (folder / link).exists()] == []


def test_every_promise_names_a_test_that_is_there() -> None:
    named = re.findall(r"`(tests/[a-z_/]+\.py)::(\w+)`", DOCS["reliability.md"])
    assert named
    missing = [
        (path, name)
        for path, name in named
        if not re.search(rf"^(?:def |){name}\b", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE)
    ]
    assert missing == []
