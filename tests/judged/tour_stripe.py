"""A tour that calls every route of the sandbox's Stripe, with objects in every state, and receives every type of event."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from judged.stripe_catalog_steps import catalog, collecting_sessions, customers, payment_intents, setup_intents, shipping_rates
from judged.stripe_client import LINK, PRICE, TourClient, paid
from judged.visits import Visit
from lightning_cart_sandbox.stripe.endpoints import ENDPOINTS
from support.sandbox_clients import STRIPE_CARD, SUBSCRIPTION

_KINDS = {"checkout/sessions": "checkout.session"}
_EXPANSIONS = {
    "checkout/sessions": ("line_items.data.price.product", "payment_intent.latest_charge.balance_transaction"),
    "charges": ("balance_transaction", "payment_intent"),
    "refunds": ("charge",),
    "invoices": ("payments", "customer"),
    "subscriptions": ("latest_invoice", "customer"),
    "payment_links": ("line_items",),
}


def tour() -> Iterator[Visit]:
    """Yield every answer and webhook of the tour."""
    client = TourClient()
    client.listen()
    for step in _STEPS:
        step(client)
    _read_everything(client)
    yield from client.visits
    client.drain()
    yield from (Visit(event["type"], 0, event) for event in client.receiver.events)
    client.sandbox.store.close()


def _sessions(client: TourClient) -> None:
    options = {
        "metadata[order_id]": "ord_1",
        "payment_intent_data[metadata][order_id]": "ord_1",
        "client_reference_id": "ord_1",
    }
    full = paid(client, customer_email="a@b.co", locale="es", submit_type="pay", **options)
    client.post(f"checkout/sessions/{full['id']}", **{"metadata[note]": "x"})
    client.get(f"checkout/sessions/{full['id']}/line_items")
    client.post(f"checkout/sessions/{client.session()['id']}/expire")
    paid(client, **{"line_items[0][price_data][unit_amount]": "0"})
    client.session()  # stays open


def _declines(client: TourClient) -> None:
    for card in ("4000000000000002", "4000000000000069", "4111111111111111"):
        paid(client, card)
    for action in ("authenticate", "fail_authentication", ""):
        session = paid(client, "4000002760003184")
        if action:
            client.ask("POST", f"/stripe/c/pay/{session['id']}/authenticate", data={"action": action})
    expired = paid(client, "4000002760003184")
    client.post(f"checkout/sessions/{expired['id']}/expire")


def _bank_debits(client: TourClient) -> None:
    for action in ("async_success", "async_failure", ""):
        session = client.session()
        client.ask("POST", f"/stripe/c/pay/{session['id']}", data={**STRIPE_CARD, "action": "delayed"})
        if action:
            client.act(session, action)
        if action == "async_success":
            client.act(session, "refund")


def _refunds(client: TourClient) -> None:
    session = paid(client)
    intent = client.get(f"checkout/sessions/{session['id']}")["payment_intent"]
    for _ in range(2):
        client.post("refunds", payment_intent=intent, amount="500", reason="requested_by_customer")


def _disputes(client: TourClient) -> None:
    for decision in ("dispute_won", "dispute_lost", ""):
        session = paid(client)
        client.act(session, "dispute", amount_minor="400", reason="product_not_received")
        if decision:
            client.act(session, decision)
        if decision == "dispute_lost":
            client.act(session, "dispute_won")
    paid(client, "4000000000000259")


def _links(client: TourClient) -> None:
    confirming = {"after_completion[type]": "hosted_confirmation", "restrictions[completed_sessions][limit]": "1"}
    redirecting = {"after_completion[type]": "redirect", "after_completion[redirect][url]": "https://shop.test/ok"}
    recurring = {f"{PRICE}[recurring][interval]": "year", "subscription_data[metadata][order_id]": "ord_1"}
    once = {"payment_intent_data[metadata][order_id]": "ord_1"}
    for options in (confirming, redirecting | once, recurring):
        link = client.post("payment_links", **LINK, **options)
        answer = client.ask("GET", urlsplit(link["url"]).path, params={"client_reference_id": "ord_1"})
        client.ask("POST", urlsplit(answer.headers["location"]).path, data=STRIPE_CARD)
        client.post(f"payment_links/{link['id']}", active="false")


def _subscriptions(client: TourClient) -> None:
    for action in ("renew", "fail_renewal", "cancel_subscription", ""):
        session = paid(client, **SUBSCRIPTION)
        if action:
            client.act(session, action)
    client.post("coupons", percent_off="50", duration="forever", id="HALF")
    client.act(paid(client, **SUBSCRIPTION, **{"discounts[0][coupon]": "HALF"}), "renew")
    subscription = client.get("subscriptions", limit="1")["data"][0]["id"]
    client.post(f"subscriptions/{subscription}", cancel_at_period_end="true", **{"metadata[a]": "b"})
    client.api("DELETE", f"subscriptions/{subscription}")


def _endpoints(client: TourClient) -> None:
    made = client.post("webhook_endpoints", url="https://shop.test/hook", description="Shop", **{"enabled_events[0]": "*"})
    client.post(f"webhook_endpoints/{made['id']}", disabled="true")
    client.get(f"webhook_endpoints/{made['id']}")
    client.api("DELETE", f"webhook_endpoints/{made['id']}")


def _errors(client: TourClient) -> None:
    client.api("GET", "charges/ch_missing")
    client.api("GET", "charges", {"colour": "red"})
    client.api("POST", "checkout/sessions", {"mode": "payment"})
    client.api("POST", "refunds", {"payment_intent": "pi_missing"})
    client.api("GET", "charges", authorization="Bearer sk_live_1")
    for amount in ("1", "2"):
        client.api("POST", "refunds", {"charge": "ch_missing", "amount": amount}, idempotency_key="k")
    refunded = next(one for one in client.get("charges", limit="100")["data"] if one["refunded"])
    client.api("POST", "refunds", {"charge": refunded["id"]})


def _read_everything(client: TourClient) -> None:
    """List every kind of object, with what can be expanded, and read each object with what is below it."""
    account = client.get("account")["id"]
    client.get(f"accounts/{account}")
    client.get("accounts")
    routes = sorted(endpoint.path for endpoint in ENDPOINTS if endpoint.method == "GET" and "account" not in endpoint.path)
    for path in routes:
        if "*" not in path:
            for name in ("", *_EXPANSIONS.get(path, ())):
                client.api("GET", path, {"limit": "3"} | ({"expand[0]": f"data.{name}"} if name else {}))
            continue
        plural, _, _below = path.partition("/*")
        for one in client.sandbox.store.find(_KINDS.get(plural, plural.removesuffix("s"))):
            client.api("GET", path.replace("*", one["id"]))


_STEPS = (
    _sessions,
    _declines,
    _bank_debits,
    _refunds,
    _disputes,
    _links,
    _subscriptions,
    collecting_sessions,
    shipping_rates,
    catalog,
    customers,
    payment_intents,
    setup_intents,
    _endpoints,
    _errors,
)
