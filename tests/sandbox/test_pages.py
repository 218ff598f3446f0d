"""The sandbox's own pages show what happened."""

from typing import Any

import pytest

from support.sandbox_clients import SUBSCRIPTION, StripeClient


@pytest.mark.parametrize("path", ["/", "/ledger", "/deliveries", "/health", "/static/sandbox.css"])
def test_a_page_works_before_anything_happened(stripe: Any, path: str) -> None:
    assert stripe.ask("GET", path).status_code == 200


@pytest.mark.parametrize("path", ["/", "/ledger"])
def test_pages_show_where_the_money_is(stripe: Any, path: str) -> None:
    stripe.pay(stripe.session())
    text = stripe.ask("GET", path).text
    assert "Banco Sabadell ••4242" in text
    assert "FECU payout account" in text
    assert "$9.41" in text


def test_the_ledger_page_says_that_fee_and_payout_are_its_own(stripe: Any) -> None:
    assert "the sandbox&#39;s own illustration" in stripe.ask("GET", "/ledger").text.replace("'", "&#39;")


def test_the_log_says_that_its_spacing_is_its_own(stripe: Any) -> None:
    assert "Most providers do not publish their schedule" in stripe.ask("GET", "/deliveries").text


def test_a_delivery_shows_its_attempts_and_a_button(stripe: Any) -> None:
    stripe.listen()
    stripe.receiver.answers = [503]
    stripe.pay(stripe.session())
    stripe.drain()
    identifier = stripe.ask("GET", "/api/deliveries").json()["deliveries"][-1]["id"]
    text = stripe.ask("GET", f"/deliveries/{identifier}").text
    assert "503" in text
    assert "Send again now" in text


@pytest.mark.parametrize("path", ["/deliveries/dlv_x", "/stripe/sessions/cs_x", "/stripe/events/evt_x"])
def test_what_is_not_there_is_404(stripe: Any, path: str) -> None:
    assert stripe.ask("GET", path).status_code == 404


@pytest.mark.parametrize(
    ("steps", "buttons"),
    [
        pytest.param([], {"expire"}, id="open"),
        pytest.param(["pay"], {"refund"}, id="paid"),
        pytest.param(["delayed"], {"async_success", "async_failure"}, id="under way"),
    ],
)
def test_a_session_page_offers_what_can_happen_next(stripe: Any, steps: list[str], buttons: set[str]) -> None:
    session = stripe.session()
    for step in steps:
        stripe.pay(session, action=step)
    text = stripe.ask("GET", f"/stripe/sessions/{session['id']}").text
    actions = ["expire", "refund", "async_success", "async_failure", "renew", "cancel_subscription", "dispute_won"]
    assert {name for name in actions if f'value="{name}"' in text} == buttons


def test_a_subscription_page_offers_renewal_and_cancelling(stripe: Any) -> None:
    session = stripe.session(**SUBSCRIPTION)
    stripe.pay(session)
    text = stripe.ask("GET", f"/stripe/sessions/{session['id']}").text
    assert all(f'value="{name}"' in text for name in ("renew", "fail_renewal", "cancel_subscription"))


def test_an_event_page_shows_its_json(stripe: Any) -> None:
    stripe.pay(stripe.session())
    event = stripe.get("events")["data"][0]
    assert event["id"] in stripe.ask("GET", f"/stripe/events/{event['id']}").text


def test_a_frozen_sandbox_gives_the_same_everything_twice() -> None:
    def read_overview() -> list[str]:
        stripe = StripeClient()
        stripe.listen()
        session = stripe.session()
        stripe.pay(session)
        return [stripe.ask("GET", path).text for path in ("/", "/ledger", f"/stripe/sessions/{session['id']}")]

    assert read_overview() == read_overview()
