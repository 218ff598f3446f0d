"""Payment Links: inline prices, one session per visit, and a limit on payments."""

import asyncio
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import stripe

from lightning_cart_sandbox import create_sandbox
from support.http_server import serving
from support.sandbox_clients import STRIPE_CARD, StripeClient

ITEM = "line_items[0]"
PRICE = f"{ITEM}[price_data]"
LIMIT = "restrictions[completed_sessions][limit]"
REDIRECT = {
    "after_completion[type]": "redirect",
    "after_completion[redirect][url]": "https://shop.test/ok?s={CHECKOUT_SESSION_ID}",
}


def link_params(**changes: Any) -> dict[str, str]:
    params = {
        f"{ITEM}[quantity]": "1",
        f"{PRICE}[currency]": "usd",
        f"{PRICE}[unit_amount]": "1000",
        f"{PRICE}[product_data][name]": "Test checkout",
        "metadata[order_id]": "ord_1",
        **REDIRECT,
        **changes,
    }
    return {name: str(value) for name, value in params.items() if value is not None}


def create_link(stripe: Any, **changes: Any) -> Any:
    answer = stripe.api("POST", "payment_links", link_params(**changes))
    assert answer.status_code == 200, answer.text
    return answer.json()


def visit(stripe: StripeClient, link: Any, **query: str) -> httpx.Response:
    return stripe.ask("GET", urlsplit(link["url"]).path, params=query)


def visit_link(stripe: Any, link: Any, **query: str) -> Any:
    answer = visit(stripe, link, **query)
    assert answer.status_code == 303, answer.text
    identifier = urlsplit(answer.headers["location"]).path.rpartition("/")[2]
    return stripe.get(f"checkout/sessions/{identifier}")


@pytest.mark.parametrize(
    ("changes", "code", "param"),
    [
        pytest.param({"success_url": "https://x.test/"}, "parameter_unknown", "success_url", id="an address after paying"),
        pytest.param({"cancel_url": "https://x.test/"}, "parameter_unknown", "cancel_url", id="an address to cancel to"),
        pytest.param({"expires_at": "1780003600"}, "parameter_unknown", "expires_at", id="an expiry"),
        pytest.param({"customer_email": "a@b.co"}, "parameter_unknown", "customer_email", id="an e-mail"),
        pytest.param({"client_reference_id": "x"}, "parameter_unknown", "client_reference_id", id="a reference"),
        pytest.param({"mode": "payment"}, "parameter_unknown", "mode", id="a mode"),
        pytest.param({"locale": "en"}, "parameter_unknown", "locale", id="a language"),
        pytest.param({f"{ITEM}[metadata][a]": "b"}, "parameter_unknown", f"{ITEM}[metadata]", id="metadata of a line"),
        pytest.param({f"{ITEM}[quantity]": None}, "parameter_missing", f"{ITEM}[quantity]", id="no quantity"),
        pytest.param({LIMIT: "0"}, "parameter_invalid_integer", LIMIT, id="a limit of nothing"),
        pytest.param({"after_completion[type]": "vanish"}, None, "after_completion[type]", id="an ending that is none"),
        pytest.param(
            {"after_completion[redirect][url]": None}, "parameter_missing", "after_completion[redirect]", id="nowhere to go"
        ),
        pytest.param(
            {"after_completion[type]": "hosted_confirmation"}, None, "after_completion[redirect]", id="two endings at once"
        ),
        pytest.param(
            {"subscription_data[metadata][a]": "b"}, None, "subscription_data", id="subscription data of a one-time price"
        ),
        pytest.param({f"{PRICE}[unit_amount]": "49"}, "amount_too_small", None, id="less than the minimum"),
        pytest.param({"transfer_data[destination]": "acct_1"}, "sandbox_not_imitated", "transfer_data", id="transfers"),
    ],
)
def test_a_link_is_refused_with_the_parameter_named(stripe: Any, changes: Any, code: str | None, param: str | None) -> None:
    answer = stripe.api("POST", "payment_links", link_params(**changes))
    error = answer.json()["error"]
    assert (answer.status_code, error.get("code"), error.get("param")) == (400, code, param)


@pytest.mark.parametrize(("count", "status"), [pytest.param(20, 200, id="twenty"), pytest.param(21, 400, id="twenty-one")])
def test_a_link_has_at_most_twenty_lines(stripe: Any, count: int, status: int) -> None:
    one = {name: value for name, value in link_params().items() if name.startswith("line_items")}
    lines = {name.replace("[0]", f"[{n}]", 1): value for n in range(count) for name, value in one.items()}
    assert stripe.api("POST", "payment_links", lines).status_code == status


def test_a_link_is_shown_as_it_was_made(stripe: Any) -> None:
    link = create_link(stripe, **{LIMIT: "1"})
    assert (link["object"], link["active"], link["currency"], link["livemode"]) == ("payment_link", True, "usd", False)
    assert link["restrictions"] == {"completed_sessions": {"count": 0, "limit": 1}}
    assert not any(name.startswith("_") for name in link)
    assert stripe.get(f"payment_links/{link['id']}") == link
    items = stripe.get(f"payment_links/{link['id']}/line_items")
    assert [item["amount_total"] for item in items["data"]] == [1000]


def test_links_are_listed_by_whether_they_are_active(stripe: Any) -> None:
    kept, stopped = create_link(stripe), create_link(stripe)
    stripe.api("POST", f"payment_links/{stopped['id']}", {"active": "false"})
    assert [one["id"] for one in stripe.get("payment_links", active="true")["data"]] == [kept["id"]]


def test_prices_of_a_link_never_change(stripe: Any) -> None:
    answer = stripe.api("POST", f"payment_links/{create_link(stripe)['id']}", {f"{ITEM}[quantity]": "2"})
    assert answer.json()["error"]["code"] == "sandbox_not_imitated"


def test_every_visit_is_a_session_with_the_links_metadata(stripe: Any) -> None:
    link = create_link(stripe)
    first, second = visit_link(stripe, link), visit_link(stripe, link)
    assert first["id"] != second["id"]
    assert (first["payment_link"], first["metadata"], first["amount_total"]) == (link["id"], {"order_id": "ord_1"}, 1000)
    assert first["cancel_url"] is None


@pytest.mark.parametrize(
    ("reference", "kept"),
    [
        ("ord_1-A", "ord_1-A"),
        ("x" * 200, "x" * 200),
        pytest.param("x" * 201, None, id="too long"),
        ("ord 1", None),
        ("é", None),
        ("", None),
    ],
)
def test_a_reference_that_will_not_do_is_dropped_in_silence(stripe: Any, reference: str, kept: str | None) -> None:
    assert visit_link(stripe, create_link(stripe), client_reference_id=reference)["client_reference_id"] == kept


def test_an_email_in_the_address_is_filled_in_and_can_be_changed(stripe: Any) -> None:
    session = visit_link(stripe, create_link(stripe), prefilled_email="ada@x.test")
    page = stripe.ask("GET", f"/stripe/c/pay/{session['id']}").text
    assert 'value="ada@x.test"' in page
    assert "readonly" not in page
    assert session["customer_email"] is None


def test_a_locked_email_is_used_whatever_is_typed(stripe: Any) -> None:
    session = visit_link(stripe, create_link(stripe), locked_prefilled_email="ada@x.test")
    stripe.pay(session, email="other@x.test")
    assert stripe.get(f"checkout/sessions/{session['id']}")["customer_details"]["email"] == "ada@x.test"


def test_an_email_that_is_none_is_dropped(stripe: Any) -> None:
    session = visit_link(stripe, create_link(stripe), prefilled_email="ada", locked_prefilled_email='"><b>')
    assert session["customer_email"] is None


def test_paying_leads_to_the_redirect_and_is_found_by_the_link(stripe: Any) -> None:
    link = create_link(stripe, **{"payment_intent_data[metadata][order_id]": "ord_1"})
    visit_link(stripe, link)
    session = visit_link(stripe, link)
    answer = stripe.pay(session)
    found = stripe.get("checkout/sessions", payment_link=link["id"], status="complete")["data"]
    assert answer.headers["location"] == f"https://shop.test/ok?s={session['id']}"
    assert [(one["id"], one["payment_status"]) for one in found] == [(session["id"], "paid")]
    assert stripe.get(f"payment_intents/{found[0]['payment_intent']}")["metadata"] == {"order_id": "ord_1"}


def test_a_link_without_a_redirect_confirms_on_its_own_page(stripe: Any) -> None:
    changes = {"after_completion[type]": "hosted_confirmation", "after_completion[redirect][url]": None}
    link = create_link(stripe, **changes, **{"after_completion[hosted_confirmation][custom_message]": "Thank you, Ada!"})
    session = visit_link(stripe, link)
    answer = stripe.pay(session)
    page = stripe.ask("GET", answer.headers["location"])
    assert (answer.status_code, page.status_code, "Thank you, Ada!" in page.text) == (303, 200, True)
    assert stripe.pay(session).headers["location"] == answer.headers["location"]


def test_a_recurring_price_makes_the_session_a_subscription(stripe: Any) -> None:
    changes = {f"{PRICE}[recurring][interval]": "month", "subscription_data[metadata][order_id]": "ord_1"}
    session = visit_link(stripe, create_link(stripe, **changes))
    stripe.pay(session)
    done = stripe.get(f"checkout/sessions/{session['id']}")
    assert (done["mode"], done["payment_status"]) == ("subscription", "paid")
    assert stripe.get(f"subscriptions/{done['subscription']}")["metadata"] == {"order_id": "ord_1"}


def test_a_used_up_link_shows_its_message(stripe: Any) -> None:
    link = create_link(stripe, **{LIMIT: "1", "inactive_message": "Paid already, thank you."})
    stripe.pay(visit_link(stripe, link))
    answer = visit(stripe, link)
    assert (answer.status_code, "Paid already, thank you." in answer.text) == (410, True)
    assert stripe.get(f"payment_links/{link['id']}")["restrictions"]["completed_sessions"]["count"] == 1


def test_a_link_without_a_limit_can_be_paid_by_two_people(stripe: Any) -> None:
    link = create_link(stripe)
    assert [stripe.pay(visit_link(stripe, link)).status_code for _ in range(2)] == [303, 303]


def test_two_people_cannot_both_pay_a_link_limited_to_one(stripe: Any) -> None:
    link = create_link(stripe, **{LIMIT: "1", "inactive_message": "Paid already, thank you."})
    sessions = [visit_link(stripe, link) for _ in range(2)]

    async def both() -> list[httpx.Response]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(stripe.app), base_url="http://sandbox.test") as client:
            return list(
                await asyncio.gather(*(client.post(f"/stripe/c/pay/{one['id']}", data=STRIPE_CARD) for one in sessions))
            )

    answers = asyncio.run(both())
    assert sorted(answer.status_code for answer in answers) == [303, 410]
    assert any("Paid already, thank you." in answer.text for answer in answers)
    assert len(stripe.get("charges")["data"]) == 1


def test_a_card_confirmed_after_somebody_else_paid_takes_no_money(stripe: Any) -> None:
    link = create_link(stripe, **{LIMIT: "1"})
    first, second = visit_link(stripe, link), visit_link(stripe, link)
    asked = stripe.pay(first, card_number="4000002760003184")
    stripe.pay(second)
    answer = stripe.ask("POST", asked.headers["location"], data={"action": "authenticate"})
    assert (answer.status_code, len(stripe.get("charges")["data"])) == (410, 1)


def test_a_deactivated_link_shows_its_message_and_can_come_back(stripe: Any) -> None:
    link = create_link(stripe)
    changed = stripe.api("POST", f"payment_links/{link['id']}", {"active": "false", "inactive_message": "Too late."}).json()
    assert (changed["active"], visit(stripe, link).status_code, "Too late." in visit(stripe, link).text) == (False, 410, True)
    stripe.api("POST", f"payment_links/{link['id']}", {"active": "true"})
    assert visit(stripe, link).status_code == 303


def test_a_session_opened_before_its_link_was_switched_off_can_still_be_paid(stripe: Any) -> None:
    link = create_link(stripe)
    session = visit_link(stripe, link)
    stripe.api("POST", f"payment_links/{link['id']}", {"active": "false"})
    assert stripe.pay(session).status_code == 303


def test_a_link_says_when_it_is_made_and_changed(stripe: Any) -> None:
    link = create_link(stripe)
    stripe.api("POST", f"payment_links/{link['id']}", {"metadata[a]": "b", "active": "false"})
    stripe.api("POST", f"payment_links/{link['id']}", {"active": "false"})
    assert stripe.event_types() == ["payment_link.created", "payment_link.updated"]
    event = stripe.get("events", type="payment_link.updated")["data"][0]
    assert event["data"]["previous_attributes"] == {"active": True, "metadata": {"order_id": "ord_1"}}


def test_a_paid_link_says_what_a_session_says(stripe: Any) -> None:
    stripe.pay(visit_link(stripe, create_link(stripe)))
    assert stripe.event_types() == [
        "payment_link.created",
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.completed",
    ]


def test_a_visit_that_comes_to_nothing_expires_after_a_day(stripe: Any) -> None:
    link = create_link(stripe)
    session = visit_link(stripe, link)
    stripe.now += 24 * 3600
    assert stripe.get(f"checkout/sessions/{session['id']}")["status"] == "expired"
    assert visit(stripe, link).status_code == 303


def test_a_link_that_is_not_there_is_404(stripe: Any) -> None:
    assert stripe.ask("GET", "/stripe/b/nothing").status_code == 404
    assert stripe.api("GET", "payment_links/plink_x").json()["error"]["param"] == "payment_link"


def test_the_front_page_leads_to_the_link(stripe: Any) -> None:
    assert f'href="{create_link(stripe)["url"]}"' in stripe.ask("GET", "/").text


class Live:
    """A sandbox with its URL."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.app = create_sandbox(base)


@pytest.mark.process
def test_the_official_sdk_drives_a_link_from_making_to_stopping() -> None:
    with serving(Live) as live:
        drive(live.base)


def drive(base: str) -> None:
    http: Any = stripe.RequestsClient()
    v1: Any = stripe.StripeClient("sk_test_sandbox", base_addresses={"api": f"{base}/stripe"}, http_client=http).v1
    item: Any = {"quantity": 2, "price_data": {"currency": "usd", "unit_amount": 500, "product_data": {"name": "Mug & lid"}}}
    link = v1.payment_links.create(
        {
            "line_items": [item],
            "after_completion": {"type": "redirect", "redirect": {"url": "https://shop.test/ok?s={CHECKOUT_SESSION_ID}"}},
            "metadata": {"order_id": "ord_1"},
            "payment_intent_data": {"metadata": {"order_id": "ord_1"}},
            "restrictions": {"completed_sessions": {"limit": 1}},
            "inactive_message": "This order is paid.",
        }
    )
    page = httpx.get(link.url, params={"client_reference_id": "ord_1"}, follow_redirects=True, trust_env=False)
    httpx.post(str(page.url), data=STRIPE_CARD, trust_env=False)
    sessions = v1.checkout.sessions.list({"payment_link": link.id, "status": "complete", "expand": ["data.payment_link"]})
    stopped = v1.payment_links.update(link.id, {"active": False, "metadata": {"stopped": "yes"}})
    (session,) = sessions.data
    assert (session.client_reference_id, session.metadata["order_id"], session.payment_link.id) == ("ord_1", "ord_1", link.id)
    assert v1.payment_links.line_items.list(link.id).data[0].amount_total == 1000
    assert v1.payment_links.retrieve(link.id).restrictions.completed_sessions.count == 1
    assert [one.id for one in v1.payment_links.list({"active": False}).auto_paging_iter()] == [link.id]
    assert (stopped.active, stopped.metadata["stopped"]) == (False, "yes")
    http.close()
