"""The documents match the code: routes, statuses, settings, events and problems are compared."""

import re
from collections.abc import Iterator
from itertools import product

import pytest

from lightning_cart.domain.event_model import OrderRecord, apply_event
from lightning_cart.domain.money import Money
from lightning_cart.domain.order import PAID_STATUSES, OrderStatus
from lightning_cart.domain.payment import Payment, status_from_sums, sum_payments
from lightning_cart.domain.payment_event import EventKind
from lightning_cart.domain.review import ReviewReason
from lightning_cart.providers import STRATEGIES
from lightning_cart.providers.paypal.events import EVENT_KINDS as PAYPAL_KINDS
from lightning_cart.providers.strategy import PaymentStrategy
from lightning_cart.providers.stripe.events import EVENT_KINDS
from lightning_cart.settings import Setting
from lightning_cart.usecases.fulfil import RETRY_SECONDS
from lightning_cart.usecases.fulfilment_message import EVENTS as MESSAGES
from lightning_cart.usecases.settings_catalogue import ADMIN_TOKEN, ENGINE_SETTINGS, all_settings
from lightning_cart.web.problem import PROBLEMS
from lightning_cart_host.generate.architecture_diagram import architecture_diagram
from lightning_cart_host.generate.status_diagram import status_diagram
from support import ROOT
from support.app import Shop
from support.builders import NOW, make_event, make_order

DOCS = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in [*(ROOT / "docs").rglob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
}
PROVIDERS = sorted({strategy.provider_name() for strategy in STRATEGIES})
HEADINGS = ("Test keys", "The webhook", "How an event finds its order", "What is supported, and what is not", "Limits", "Traps")


def provider_page(provider: str) -> str:
    return DOCS[f"docs/providers/{provider}.md"]


def documented_events(provider: str) -> list[str]:
    """Return the event types in a provider's code: strings of words with dots, without prefixes of others."""
    sources = (ROOT / "core" / "lightning_cart" / "providers" / provider).glob("*.py")
    code = "".join(path.read_text(encoding="utf-8") for path in sources)
    found = set(re.findall(r'"([A-Za-z_-]+(?:\.[A-Za-z_-]+)+)"', code))
    # `data.…` is a path into a list that Stripe is asked to expand.
    return sorted(
        name for name in found if not name.startswith("data.") and not any(other.startswith(f"{name}.") for other in found)
    )


EVENTS = [(provider, event) for provider in PROVIDERS for event in documented_events(provider)]
NEEDED = [(strategy.provider_name(), need) for strategy in STRATEGIES for need in strategy.settings]


def test_the_diagram_is_drawn_from_the_table() -> None:
    assert f"```mermaid\n{status_diagram()}\n```\n" in DOCS["docs/reliability.md"]


def test_the_packages_are_drawn_from_their_imports() -> None:
    assert f"```mermaid\n{architecture_diagram()}\n```\n" in DOCS["docs/architecture.md"]


@pytest.mark.parametrize("name", sorted(DOCS.keys() - {"docs/add-a-provider.md"}))  # its reader writes some of the files
def test_every_file_that_a_page_names_is_there(name: str) -> None:
    folders = (
        "core|host|sandbox|worker|notebooks|templates|migrations|config|tests|benchmarks|clients|examples|scripts|docs|deploy"
    )
    named = set(re.findall(rf"`((?:{folders})/[\w./-]+)(?=[`:])", DOCS[name]))
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


def possible_records() -> Iterator[OrderRecord]:
    """Yield an order of each status with each sum of payments and refunds that it can have."""
    for status, paid, refunded in product(OrderStatus, (0, 300, 600, 1000, 1300), (0, 300, 600, 1000)):
        payments = {"pi_0": Payment("pi_0", paid, refunded_minor=refunded)} if paid else {}
        sums = sum_payments(payments.values())
        is_possible = refunded <= paid and (paid or status not in PAID_STATUSES)
        if is_possible and status_from_sums(status, 1000, sums) is status:
            order = make_order(status=status, paid_minor=sums.paid_minor, refunded_minor=sums.refunded_minor)
            yield OrderRecord(order, payments, {})


def status_changes(kind: EventKind) -> set[tuple[str, str]]:
    """Return each status change by an event of a kind: of a known or another payment, with any amount."""
    found = set()
    for record, payment, amount in product(possible_records(), ("pi_0", "pi_1"), (0, 300, 700, 1000)):
        event = make_event(kind, payment_ref=payment, amount=Money(amount, "USD"), is_part=True)
        # A lower refunded total is applied if it was read after the failure of a refund.
        known = record.order.refunded_minor if kind is EventKind.REFUND_FAILED else None
        found.add((str(record.order.status), str(apply_event(record, event, NOW, known).order.status)))
    return {(before, after) for before, after in found if before != after}


def test_the_diagram_shows_every_change_that_events_make() -> None:
    drawn = set(re.findall(r"^    (\w+) --> (\w+):", status_diagram(), re.MULTILINE))
    assert drawn == set().union(*map(status_changes, EventKind))


@pytest.mark.parametrize("status", OrderStatus)
def test_every_status_is_explained(status: OrderStatus) -> None:
    assert f"`{status}`" in DOCS["docs/http.md"]


def test_every_route_is_documented() -> None:
    routes = {re.sub(r"\{\w+\}", "{}", route.path) for route in Shop().app.routes}
    written = set(re.findall(r"`(?:GET|POST) (/[^`?]*)`", DOCS["docs/http.md"]))
    assert {re.sub(r"\{\w+\}", "{}", path) for path in written} == routes


def test_every_event_we_act_on_is_found_in_the_code() -> None:
    assert set(EVENT_KINDS) <= set(documented_events("stripe"))
    assert set(PAYPAL_KINDS) <= set(documented_events("paypal"))
    assert len(documented_events("square")) == 6


@pytest.mark.parametrize(("provider", "event"), EVENTS, ids=[event for _, event in EVENTS])
def test_every_event_we_act_on_is_in_the_providers_table(provider: str, event: str) -> None:
    assert re.search(rf"^\|[^|]*`{re.escape(event)}`", provider_page(provider), re.MULTILINE)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_providers_page_names_no_event_that_we_do_not_act_on(provider: str) -> None:
    table = provider_page(provider).partition("| Event |")[2].partition("\n\n")[0]
    named = [event for row in table.splitlines() for event in re.findall(r"`([^`]+)`", row.split("|")[1] if "|" in row else "")]
    assert sorted(named) == documented_events(provider)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_providers_page_says_what_one_has_to_know(provider: str) -> None:
    page = provider_page(provider)
    assert [heading for heading in HEADINGS if f"\n## {heading}\n" not in page] == []
    assert f"`PUBLIC_URL/webhook/{provider}`" in page


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_deploy_guide_chooses_exactly_the_events_that_we_act_on(provider: str) -> None:
    row = re.search(rf"^\|[^|]*\| `PUBLIC_URL/webhook/{provider}` \| ([^|]*) \|$", DOCS["docs/deploy.md"], re.MULTILINE)
    assert row
    assert re.findall(r"`([^`]+)`", row[1]) == documented_events(provider)


@pytest.mark.parametrize("need", all_settings(), ids=lambda need: need.name)
def test_every_setting_that_must_be_made_is_in_the_deploy_guide(need: Setting) -> None:
    assert need.default or not need.secret or need.optional or f"`{need.name}`" in DOCS["docs/deploy.md"]


@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda strategy: strategy.name)
def test_every_way_to_pay_is_documented(strategy: type[PaymentStrategy]) -> None:
    page = provider_page(strategy.provider_name())
    assert f"`{strategy.name}`" in DOCS["docs/http.md"]
    assert f"`{strategy.name}`" in page
    assert strategy.label in page


@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda strategy: strategy.name)
def test_what_a_way_to_pay_cannot_do_is_said(strategy: type[PaymentStrategy]) -> None:
    limits, page = strategy.limits, provider_page(strategy.provider_name())
    assert ("Recurring products are refused" in page) is not bool(limits.recurring_lines)
    assert limits.has_cancel_page or "no way back to the cancel page" in page
    assert re.search(rf"Lines: {limits.lines}\b|\b{limits.lines} in all", page)
    assert [currency for currency in limits.currencies or () if not re.search(rf"\b{currency}\b", page)] == []


@pytest.mark.parametrize(("provider", "need"), NEEDED, ids=[need.name for _, need in NEEDED])
def test_every_setting_of_a_provider_is_on_its_page(provider: str, need: Setting) -> None:
    assert f"`{need.name}`" in provider_page(provider)


@pytest.mark.parametrize("need", [*ENGINE_SETTINGS, ADMIN_TOKEN], ids=lambda need: need.name)
def test_every_setting_of_ours_is_documented(need: Setting) -> None:
    assert f"`{need.name}`" in DOCS["README.md"] + (ROOT / "SECURITY.md").read_text(encoding="utf-8")


def test_every_fulfilment_event_is_documented_as_the_code_says() -> None:
    assert dict(re.findall(r"^\| `(order\.\w+)` \| ([^|]+?) \|$", DOCS["docs/fulfilment.md"], re.MULTILINE)) == dict(MESSAGES)


def test_the_fulfilment_schedule_is_documented() -> None:
    units = {"s": 1, "min": 60, "h": 3600}
    written = re.search(r"^> at once, then after (.+)$", DOCS["docs/fulfilment.md"], re.MULTILINE)
    assert written
    assert tuple(int(n) * units[unit] for n, unit in re.findall(r"(\d+) (s|min|h)\b", written[1])) == RETRY_SECONDS


@pytest.mark.parametrize(
    "name", ["FULFILMENT_SECRET", "FULFILMENT_ALLOW_PRIVATE", "fulfilment_url", "contact", "fulfilment_email"]
)
def test_every_setting_of_fulfilment_is_documented(name: str) -> None:
    assert f"`{name}" in DOCS["docs/fulfilment.md"]


def test_every_reason_of_a_review_is_documented() -> None:
    section = DOCS["docs/http.md"].partition("\n## GET /admin/orders/{order_id}\n")[2].partition("\n## ")[0]
    assert [reason for reason in ReviewReason if f"`{reason}`" not in section] == []


def test_every_problem_is_documented() -> None:
    assert {telling.slug for telling in PROBLEMS.values()} == set(
        re.findall(r"^\| `/problems/([a-z-]+)`", DOCS["docs/http.md"], re.MULTILINE)
    )


@pytest.mark.parametrize("name", DOCS)
def test_every_link_within_the_project_leads_somewhere(name: str) -> None:
    folder = (ROOT / name).parent
    text = re.sub(r"^```.*?^```$", "", DOCS[name], flags=re.MULTILINE | re.DOTALL)
    links = re.findall(r"\]\((?!https?://|#)([^)#]+)", text)
    assert [link for link in links if not (folder / link).exists()] == []


def test_every_promise_names_a_test_that_is_there() -> None:
    named = re.findall(r"`(tests/[a-z0-9_/]+\.py)::(\w+)`", DOCS["docs/reliability.md"])
    assert named
    missing = [
        (path, name)
        for path, name in named
        if not re.search(rf"^(?: *def |class |){name}\b", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE)
    ]
    assert missing == []
