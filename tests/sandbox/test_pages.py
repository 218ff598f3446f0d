"""The sandbox's own pages show what happened."""

from typing import Any

import pytest


@pytest.mark.parametrize("path", ["/", "/ledger", "/deliveries", "/health", "/static/sandbox.css"])
def test_a_page_works_before_anything_happened(desk: Any, path: str) -> None:
    assert desk.ask("GET", path).status_code == 200


@pytest.mark.parametrize("path", ["/", "/ledger"])
def test_pages_show_where_the_money_is(desk: Any, path: str) -> None:
    desk.pay(desk.session())
    text = desk.ask("GET", path).text
    assert "Banco Sabadell ••4242" in text
    assert "FECU payout account" in text
    assert "$9.41" in text


def test_the_ledger_page_says_that_fee_and_payout_are_its_own(desk: Any) -> None:
    assert "the sandbox&#39;s own illustration" in desk.ask("GET", "/ledger").text.replace("'", "&#39;")


def test_the_log_says_that_its_spacing_is_its_own(desk: Any) -> None:
    assert "Providers do not publish their spacing" in desk.ask("GET", "/deliveries").text


def test_a_delivery_shows_its_attempts_and_a_button(desk: Any) -> None:
    desk.listen()
    desk.receiver.answers = [503]
    desk.pay(desk.session())
    desk.drain()
    identifier = desk.ask("GET", "/api/deliveries").json()["deliveries"][-1]["id"]
    text = desk.ask("GET", f"/deliveries/{identifier}").text
    assert "503" in text
    assert "Send again now" in text


@pytest.mark.parametrize("path", ["/deliveries/dlv_x", "/stripe/sessions/cs_x", "/stripe/events/evt_x"])
def test_what_is_not_there_is_404(desk: Any, path: str) -> None:
    assert desk.ask("GET", path).status_code == 404


@pytest.mark.parametrize(
    ("steps", "buttons"),
    [
        pytest.param([], {"expire"}, id="open"),
        pytest.param(["pay"], {"refund"}, id="paid"),
        pytest.param(["delayed"], {"async_success", "async_failure"}, id="under way"),
    ],
)
def test_a_session_page_offers_what_can_happen_next(desk: Any, steps: list[str], buttons: set[str]) -> None:
    session = desk.session()
    for step in steps:
        desk.pay(session, action=step)
    text = desk.ask("GET", f"/stripe/sessions/{session['id']}").text
    actions = ["expire", "refund", "async_success", "async_failure", "renew", "cancel_subscription", "dispute_won"]
    assert {name for name in actions if f'value="{name}"' in text} == buttons


def test_a_subscription_page_offers_renewal_and_cancelling(desk: Any, subscription: Any) -> None:
    session = desk.session(**subscription)
    desk.pay(session)
    text = desk.ask("GET", f"/stripe/sessions/{session['id']}").text
    assert all(f'value="{name}"' in text for name in ("renew", "fail_renewal", "cancel_subscription"))


def test_an_event_page_shows_its_json(desk: Any) -> None:
    desk.pay(desk.session())
    event = desk.get("events")["data"][0]
    assert event["id"] in desk.ask("GET", f"/stripe/events/{event['id']}").text


def test_a_frozen_sandbox_gives_the_same_everything_twice(make_desk: Any) -> None:
    def story() -> list[str]:
        desk = make_desk()
        desk.listen()
        session = desk.session()
        desk.pay(session)
        return [desk.ask("GET", path).text for path in ("/", "/ledger", f"/stripe/sessions/{session['id']}")]

    assert story() == story()
