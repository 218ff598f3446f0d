"""Orders that only Stripe has: 3-D Secure, expired sessions and subscriptions, read by its SDK."""

import time
from typing import Any

import httpx
import pytest
import stripe

from support.processes import ShopClient

pytestmark = pytest.mark.process
STATUS_TIMEOUT_SECONDS = 15
THREE_D_SECURE = "4000002760003184"
DISPUTED = "4000000000000259"
BOTH = pytest.mark.parametrize("strategy_name", ["stripe_checkout", "stripe_links"])


@BOTH
def test_a_card_that_asks_its_bank_pays_after_the_answer(buy: Any, strategy_name: str) -> None:
    purchase = buy(strategy_name)
    challenge = purchase.do("pay", card_number=THREE_D_SECURE).headers["location"]
    url = httpx.URL(purchase.page).join(challenge)
    assert httpx.post(url, data={"action": "authenticate"}, timeout=30, trust_env=False).status_code == 303
    purchase.until_status("paid")


def test_a_session_that_expires_expires_the_order(buy: Any) -> None:
    purchase = buy("stripe_checkout")
    purchase.at_provider("expire")
    purchase.until_status("expired")


@BOTH
def test_a_subscription_is_paid_renewed_and_ended(buy: Any, strategy_name: str) -> None:
    purchase = buy(strategy_name, "club")
    purchase.pay()
    for action in ("renew", "fail_renewal", "cancel_subscription"):
        purchase.at_provider(action)
    deadline = time.monotonic() + STATUS_TIMEOUT_SECONDS
    wanted = {"order.paid", "order.renewed", "order.renewal_failed", "order.subscription_ended"}
    while {effect.partition(":")[0] for effect in purchase.shop.effects(purchase.id)} != wanted:
        assert time.monotonic() < deadline, purchase.shop.effects(purchase.id)
        time.sleep(0.05)


@BOTH
def test_a_dispute_of_a_subscription_flags_its_order(buy: Any, strategy_name: str) -> None:
    purchase = buy(strategy_name, "club")
    purchase.do("pay", card_number=DISPUTED)
    assert purchase.until(lambda order: order["disputed"])["status"] == "paid"


def test_the_official_sdk_sees_what_we_sent(shop: ShopClient, buy: Any) -> None:
    purchase = buy("stripe_checkout", customer_email="ada@example.com", metadata={"table": "7"})
    purchase.pay()
    client: Any = stripe.StripeClient("sk_test_sandbox", base_addresses={"api": f"{shop.sandbox}/stripe"})
    session = client.v1.checkout.sessions.retrieve(
        purchase.checkout["session_id"], params={"expand": ["payment_intent", "line_items"]}
    )
    metadata = {"table": "7", "order_id": purchase.id, "site_id": "shop"}
    assert (session.client_reference_id, session.amount_total, session.metadata.to_dict()) == (purchase.id, 1000, metadata)
    assert session.payment_intent.metadata.to_dict() == metadata
    assert session.payment_intent.statement_descriptor_suffix == "SHOP"
    assert session.customer_email == "ada@example.com"
