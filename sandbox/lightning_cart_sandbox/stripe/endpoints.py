"""Stripe's endpoints: method, path, parameters and handler."""

from lightning_cart_sandbox.endpoint import Endpoint
from lightning_cart_sandbox.stripe import parameters as p
from lightning_cart_sandbox.stripe.account import StripeCall
from lightning_cart_sandbox.stripe.catalog_endpoints import CATALOG_ENDPOINTS
from lightning_cart_sandbox.stripe.events import (
    add_endpoint,
    delete_endpoint,
    delivered,
    shown,
    update_endpoint,
)
from lightning_cart_sandbox.stripe.handlers import PAGING, StripeEndpoint, list_of, retrieve
from lightning_cart_sandbox.stripe.link_parameters import LINK_CREATE, LINK_LIST, LINK_UPDATE
from lightning_cart_sandbox.stripe.merchant import list_connected, retrieve_merchant
from lightning_cart_sandbox.stripe.payment_links import create_link, update_link
from lightning_cart_sandbox.stripe.rate_parameters import RATE_CREATE, RATE_LIST, RATE_UPDATE
from lightning_cart_sandbox.stripe.refunds import create_refund
from lightning_cart_sandbox.stripe.sessions import (
    create_session,
    current_session,
    expire_due_sessions,
    expire_session,
    update_session,
)
from lightning_cart_sandbox.stripe.shipping_rates import create_rate, update_rate
from lightning_cart_sandbox.stripe.subscriptions import cancel_subscription, update_subscription
from lightning_cart_sandbox.stripe.views import hidden_list, page
from lightning_cart_sandbox.types import Json


def _list_sessions(call: StripeCall) -> Json:
    account, params = call.account, call.params
    expire_due_sessions(account)
    wanted = {name: params[name] for name in params if name not in PAGING}
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


def _list_subscriptions(call: StripeCall) -> Json:
    params = call.params
    wanted = {name: params[name] for name in ("customer",) if name in params}
    status = params.get("status")
    found = call.account.store.find("subscription", **wanted)
    if status is None:
        found = [one for one in found if one["status"] != "canceled"]
    elif status != "all":
        found = [one for one in found if one["status"] == {"ended": "canceled"}.get(status, status)]
    return page("/v1/subscriptions", found, params)


def _list_invoice_payments(call: StripeCall) -> Json:
    account, params = call.account, call.params
    found = [payment for invoice in account.store.find("invoice") for payment in invoice["_payments"]]
    for name in ("invoice", "status"):
        found = [one for one in found if params.get(name, one[name]) == one[name]]
    found = [one for one in found if params.get("payment", {}).items() <= one["payment"].items()]
    return page("/v1/invoice_payments", found, params)


def _cancel_subscription(call: StripeCall) -> Json:
    return cancel_subscription(call.account, call.identifier)


_list_invoices = list_of("invoice", "invoices", subscription="parent.subscription_details.subscription")
_list_rates = list_of("shipping_rate", "shipping_rates", currency="fixed_amount.currency")

ENDPOINTS: tuple[StripeEndpoint, ...] = (
    *CATALOG_ENDPOINTS,
    Endpoint("GET", "account", p.RETRIEVE, retrieve_merchant),
    Endpoint("GET", "accounts", p.PLAIN_LIST, list_connected),
    Endpoint("GET", "accounts/*", p.RETRIEVE, retrieve_merchant),
    Endpoint("POST", "checkout/sessions", p.SESSION_CREATE, create_session),
    Endpoint("GET", "checkout/sessions", p.SESSION_LIST, _list_sessions),
    Endpoint("GET", "checkout/sessions/*", p.RETRIEVE, lambda call: current_session(call.account, call.identifier)),
    Endpoint("POST", "checkout/sessions/*", p.SESSION_UPDATE, update_session),
    Endpoint("GET", "checkout/sessions/*/line_items", p.LINE_ITEMS, _list_line_items),
    Endpoint("POST", "checkout/sessions/*/expire", p.RETRIEVE, lambda call: expire_session(call.account, call.identifier)),
    Endpoint("POST", "payment_links", LINK_CREATE, create_link),
    Endpoint("GET", "payment_links", LINK_LIST, list_of("payment_link", "payment_links")),
    Endpoint("GET", "payment_links/*", p.RETRIEVE, retrieve("payment_link")),
    Endpoint("POST", "payment_links/*", LINK_UPDATE, update_link),
    Endpoint("GET", "payment_links/*/line_items", p.LINE_ITEMS, _list_link_items),
    Endpoint("POST", "shipping_rates", RATE_CREATE, create_rate),
    Endpoint("GET", "shipping_rates", RATE_LIST, _list_rates),
    Endpoint("GET", "shipping_rates/*", p.RETRIEVE, retrieve("shipping_rate")),
    Endpoint("POST", "shipping_rates/*", RATE_UPDATE, update_rate),
    Endpoint("GET", "charges", p.CHARGE_LIST, list_of("charge", "charges")),
    Endpoint("GET", "charges/*", p.RETRIEVE, retrieve("charge")),
    Endpoint("POST", "refunds", p.REFUND_CREATE, lambda call: create_refund(call.account, call.params)),
    Endpoint("GET", "refunds", p.REFUND_LIST, list_of("refund", "refunds")),
    Endpoint("GET", "refunds/*", p.RETRIEVE, retrieve("refund")),
    Endpoint("GET", "disputes", p.DISPUTE_LIST, list_of("dispute", "disputes")),
    Endpoint("GET", "disputes/*", p.RETRIEVE, retrieve("dispute")),
    Endpoint("GET", "balance_transactions", p.BALANCE_TRANSACTION_LIST, list_of("balance_transaction", "balance_transactions")),
    Endpoint("GET", "balance_transactions/*", p.RETRIEVE, retrieve("balance_transaction")),
    Endpoint("GET", "subscriptions", p.SUBSCRIPTION_LIST, _list_subscriptions),
    Endpoint("GET", "subscriptions/*", p.RETRIEVE, retrieve("subscription")),
    Endpoint("POST", "subscriptions/*", p.SUBSCRIPTION_UPDATE, update_subscription),
    Endpoint("DELETE", "subscriptions/*", p.SUBSCRIPTION_CANCEL, _cancel_subscription),
    Endpoint("GET", "invoices", p.INVOICE_LIST, _list_invoices),
    Endpoint("GET", "invoices/*", p.RETRIEVE, retrieve("invoice")),
    Endpoint("GET", "invoice_payments", p.INVOICE_PAYMENT_LIST, _list_invoice_payments),
    Endpoint("GET", "events", p.EVENT_LIST, _list_events),
    Endpoint("GET", "events/*", p.RETRIEVE, _retrieve_event),
    Endpoint("POST", "webhook_endpoints", p.ENDPOINT_CREATE, lambda call: add_endpoint(call.account, call.params)),
    Endpoint("GET", "webhook_endpoints", p.PLAIN_LIST, list_of("webhook_endpoint", "webhook_endpoints")),
    Endpoint("GET", "webhook_endpoints/*", p.RETRIEVE, retrieve("webhook_endpoint")),
    Endpoint("POST", "webhook_endpoints/*", p.ENDPOINT_UPDATE, update_endpoint),
    Endpoint("DELETE", "webhook_endpoints/*", p.NOTHING, delete_endpoint),
)
