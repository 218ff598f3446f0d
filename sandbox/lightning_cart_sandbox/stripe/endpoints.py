"""Stripe's endpoints: method, path, parameters and handler."""

from collections.abc import Callable

from lightning_cart_sandbox.endpoint import Endpoint
from lightning_cart_sandbox.schema import Fields
from lightning_cart_sandbox.stripe import parameters as p
from lightning_cart_sandbox.stripe.account import StripeCall
from lightning_cart_sandbox.stripe.events import (
    add_endpoint,
    delete_endpoint,
    delivered,
    shown,
    update_endpoint,
)
from lightning_cart_sandbox.stripe.link_parameters import LINK_CREATE, LINK_LIST, LINK_UPDATE
from lightning_cart_sandbox.stripe.payment_links import create_link, update_link
from lightning_cart_sandbox.stripe.refunds import create_refund
from lightning_cart_sandbox.stripe.sessions import (
    create_session,
    current_session,
    expire_due_sessions,
    expire_session,
    update_session,
)
from lightning_cart_sandbox.stripe.subscriptions import cancel_subscription, update_subscription
from lightning_cart_sandbox.stripe.views import hidden_list, page
from lightning_cart_sandbox.types import Json

type StripeEndpoint = Endpoint[Fields, StripeCall, Json]
type Handler = Callable[[StripeCall], Json]

_PAGING = {"limit", "starting_after", "ending_before", "created", "expand"}


def _retrieve(kind: str) -> Handler:
    param = {"payment_intent": "intent", "payment_link": "payment_link"}.get(kind, "id")
    return lambda call: call.account.get(kind, call.identifier, param)


def _list(kind: str, plural: str) -> Handler:
    def handler(call: StripeCall) -> Json:
        wanted = {name: value for name, value in call.params.items() if name not in _PAGING}
        return page(f"/v1/{plural}", call.account.store.find(kind, **wanted), call.params)

    return handler


def _list_sessions(call: StripeCall) -> Json:
    account, params = call.account, call.params
    expire_due_sessions(account)
    wanted = {name: params[name] for name in params if name not in _PAGING}
    email = wanted.pop("customer_details", {}).get("email")
    found = account.store.find("checkout.session", **wanted)
    if email is not None:
        found = [session for session in found if (session["customer_details"] or {}).get("email") == email]
    return page("/v1/checkout/sessions", found, params)


def _list_line_items(call: StripeCall) -> Json:
    return hidden_list(call.account, current_session(call.account, call.identifier), call.params)


def _list_link_items(call: StripeCall) -> Json:
    link = call.account.get("payment_link", call.identifier, "payment_link")
    return hidden_list(call.account, link, call.params)


def _list_events(call: StripeCall) -> Json:
    account, params = call.account, call.params
    found = account.store.find("event")
    types = [params["type"]] if "type" in params else params.get("types")
    if types:
        found = [event for event in found if event["type"] in types]
    if "delivery_success" in params:
        found = [event for event in found if delivered(account, event) == params["delivery_success"]]
    listed = page("/v1/events", found, params)
    return {**listed, "data": [shown(account, event) for event in listed["data"]]}


def _retrieve_event(call: StripeCall) -> Json:
    return shown(call.account, call.account.get("event", call.identifier))


def _list_invoices(call: StripeCall) -> Json:
    account, params = call.account, call.params
    wanted = {name: params[name] for name in ("customer", "status") if name in params}
    found = account.store.find("invoice", **wanted)
    if "subscription" in params:
        parent = params["subscription"]
        found = [one for one in found if one["parent"]["subscription_details"]["subscription"] == parent]
    return page("/v1/invoices", found, params)


def _list_invoice_payments(call: StripeCall) -> Json:
    account, params = call.account, call.params
    found = [payment for invoice in account.store.find("invoice") for payment in invoice["_payments"]]
    for name in ("invoice", "status"):
        found = [one for one in found if params.get(name, one[name]) == one[name]]
    found = [one for one in found if params.get("payment", {}).items() <= one["payment"].items()]
    return page("/v1/invoice_payments", found, params)


def _cancel_subscription(call: StripeCall) -> Json:
    return cancel_subscription(call.account, call.identifier)


ENDPOINTS: tuple[StripeEndpoint, ...] = (
    Endpoint("POST", "checkout/sessions", p.SESSION_CREATE, create_session),
    Endpoint("GET", "checkout/sessions", p.SESSION_LIST, _list_sessions),
    Endpoint("GET", "checkout/sessions/*", p.RETRIEVE, lambda call: current_session(call.account, call.identifier)),
    Endpoint("POST", "checkout/sessions/*", p.SESSION_UPDATE, update_session),
    Endpoint("GET", "checkout/sessions/*/line_items", p.LINE_ITEMS, _list_line_items),
    Endpoint("POST", "checkout/sessions/*/expire", p.RETRIEVE, lambda call: expire_session(call.account, call.identifier)),
    Endpoint("POST", "payment_links", LINK_CREATE, create_link),
    Endpoint("GET", "payment_links", LINK_LIST, _list("payment_link", "payment_links")),
    Endpoint("GET", "payment_links/*", p.RETRIEVE, _retrieve("payment_link")),
    Endpoint("POST", "payment_links/*", LINK_UPDATE, update_link),
    Endpoint("GET", "payment_links/*/line_items", p.LINE_ITEMS, _list_link_items),
    Endpoint("GET", "payment_intents", p.PAYMENT_INTENT_LIST, _list("payment_intent", "payment_intents")),
    Endpoint("GET", "payment_intents/*", p.RETRIEVE, _retrieve("payment_intent")),
    Endpoint("GET", "charges", p.CHARGE_LIST, _list("charge", "charges")),
    Endpoint("GET", "charges/*", p.RETRIEVE, _retrieve("charge")),
    Endpoint("POST", "refunds", p.REFUND_CREATE, lambda call: create_refund(call.account, call.params)),
    Endpoint("GET", "refunds", p.REFUND_LIST, _list("refund", "refunds")),
    Endpoint("GET", "refunds/*", p.RETRIEVE, _retrieve("refund")),
    Endpoint("GET", "disputes", p.DISPUTE_LIST, _list("dispute", "disputes")),
    Endpoint("GET", "disputes/*", p.RETRIEVE, _retrieve("dispute")),
    Endpoint("GET", "balance_transactions", p.BALANCE_TRANSACTION_LIST, _list("balance_transaction", "balance_transactions")),
    Endpoint("GET", "balance_transactions/*", p.RETRIEVE, _retrieve("balance_transaction")),
    Endpoint("GET", "customers/*", p.RETRIEVE, _retrieve("customer")),
    Endpoint("GET", "products/*", p.RETRIEVE, _retrieve("product")),
    Endpoint("GET", "subscriptions", p.SUBSCRIPTION_LIST, _list("subscription", "subscriptions")),
    Endpoint("GET", "subscriptions/*", p.RETRIEVE, _retrieve("subscription")),
    Endpoint("POST", "subscriptions/*", p.SUBSCRIPTION_UPDATE, update_subscription),
    Endpoint("DELETE", "subscriptions/*", p.SUBSCRIPTION_CANCEL, _cancel_subscription),
    Endpoint("GET", "invoices", p.INVOICE_LIST, _list_invoices),
    Endpoint("GET", "invoices/*", p.RETRIEVE, _retrieve("invoice")),
    Endpoint("GET", "invoice_payments", p.INVOICE_PAYMENT_LIST, _list_invoice_payments),
    Endpoint("GET", "events", p.EVENT_LIST, _list_events),
    Endpoint("GET", "events/*", p.RETRIEVE, _retrieve_event),
    Endpoint("POST", "webhook_endpoints", p.ENDPOINT_CREATE, lambda call: add_endpoint(call.account, call.params)),
    Endpoint("GET", "webhook_endpoints", p.PLAIN_LIST, _list("webhook_endpoint", "webhook_endpoints")),
    Endpoint("GET", "webhook_endpoints/*", p.RETRIEVE, _retrieve("webhook_endpoint")),
    Endpoint("POST", "webhook_endpoints/*", p.ENDPOINT_UPDATE, update_endpoint),
    Endpoint("DELETE", "webhook_endpoints/*", p.NOTHING, delete_endpoint),
)
