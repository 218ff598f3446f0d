"""Checkout Sessions: created open, then completed by a buyer or expired (Stripe: Checkout Session object)."""

from lightning_cart_sandbox.stripe.account import Account, StripeCall
from lightning_cart_sandbox.stripe.errors import StripeError
from lightning_cart_sandbox.stripe.events import emit, merged_metadata
from lightning_cart_sandbox.stripe.items import new_line_item
from lightning_cart_sandbox.stripe.link_limits import count_completed
from lightning_cart_sandbox.stripe.session_rules import MAX_SECONDS, check_session
from lightning_cart_sandbox.types import Json

KIND = "checkout.session"


def create_session(call: StripeCall) -> Json:
    """Create an open session.

    Raises:
        StripeError: The parameters break a rule.
    """
    account, params = call.account, call.params
    check_session(account, params)
    return open_session(account, params, [new_line_item(account, item) for item in params["line_items"]])


def open_session(account: Account, params: Json, line_items: list[Json], payment_link: str | None = None) -> Json:
    """Create an open session from checked parameters.

    Args:
        account: The account.
        params: The parameters.
        line_items: The line items, from `new_line_item`.
        payment_link: The link that opened the session, if any. Such a session can have no `success_url`.
    """
    now, identifier = account.now(), account.new_id("cs_test")
    amount = sum(item["amount_total"] for item in line_items)
    email = params.get("customer_email")
    if "customer" in params:
        email = account.get("customer", params["customer"])["email"]
    return account.save_object(
        {
            "id": identifier,
            "object": KIND,
            "after_expiration": None,
            "allow_promotion_codes": params.get("allow_promotion_codes"),
            "amount_subtotal": amount,
            "amount_total": amount,
            "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
            "billing_address_collection": None,
            "cancel_url": params.get("cancel_url"),
            "client_reference_id": params.get("client_reference_id"),
            "client_secret": None,
            "collected_information": None,
            "consent": None,
            "consent_collection": None,
            "created": now,
            "currency": line_items[0]["currency"],
            "currency_conversion": None,
            "custom_fields": [],
            "custom_text": {
                name: params.get("custom_text", {}).get(name)
                for name in ("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")
            },
            "customer": params.get("customer"),
            "customer_account": None,
            "customer_creation": params.get("customer_creation", "if_required") if params["mode"] == "payment" else None,
            "customer_details": _details(email, None) if email else None,
            "customer_email": params.get("customer_email"),
            "discounts": [],
            "expires_at": params.get("expires_at", now + MAX_SECONDS),
            "integration_identifier": params.get("integration_identifier"),
            "invoice": None,
            "invoice_creation": None,
            "livemode": False,
            "locale": params.get("locale"),
            "metadata": merged_metadata({}, params.get("metadata")),
            "mode": params["mode"],
            "origin_context": params.get("origin_context"),
            "payment_intent": None,
            "payment_link": payment_link,
            "payment_method_collection": params.get("payment_method_collection", "always"),
            "payment_method_configuration_details": None,
            "payment_method_options": {},
            "payment_method_types": ["card", "sepa_debit"] if params["mode"] == "payment" else ["card"],
            "payment_status": "unpaid",
            "permissions": None,
            "phone_number_collection": {"enabled": False},
            "recovered_from": None,
            "saved_payment_method_options": None,
            "setup_intent": None,
            "shipping_address_collection": None,
            "shipping_cost": None,
            "shipping_options": [],
            "status": "open",
            "submit_type": params.get("submit_type"),
            "subscription": None,
            "success_url": params.get("success_url"),
            "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
            "ui_mode": "hosted_page",
            # The real URL has a fragment, too, so that clients treat it as opaque.
            "url": account.url(f"/c/pay/{identifier}#sandbox"),
            "wallet_options": None,
            "_line_items": line_items,
            "_payment_intent_data": params.get("payment_intent_data", {}),
            "_subscription_data": params.get("subscription_data", {}),
            "_payment_intent": None,
            "_challenge": None,
        }
    )


def current_session(account: Account, identifier: str, param: str = "session") -> Json:
    """Return a session; if its time has passed, expire it first."""
    session = account.get(KIND, identifier, param)
    if session["status"] == "open" and session["expires_at"] <= account.now():
        return _expire(account, session)
    return session


def expire_session(account: Account, identifier: str) -> Json:
    """Expire an open session at the merchant's request.

    Raises:
        StripeError: The session is complete or expired.
    """
    session = current_session(account, identifier)
    if session["status"] != "open":
        raise StripeError(
            'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of '
            f"`{session['status']}`.",
            param="session",
        )
    return _expire(account, session)


def index_sessions(account: Account) -> None:
    """Create the index for open sessions whose time has passed."""
    account.store.script(
        "CREATE INDEX IF NOT EXISTS sessions_by_end ON documents (kind, json_extract(body, '$.expires_at')) "
        "WHERE kind = 'checkout.session' AND json_extract(body, '$.status') = 'open'"
    )


def expire_due_sessions(account: Account) -> None:
    """Expire every open session whose time has passed."""
    rows = account.store.rows(
        "SELECT id FROM documents WHERE kind = 'checkout.session' AND json_extract(body, '$.status') = 'open' "
        "AND json_extract(body, '$.expires_at') <= ?",
        (account.now(),),
    )
    for row in rows:
        current_session(account, row["id"])


def update_session(call: StripeCall) -> Json:
    """Change a session's metadata."""
    account, identifier, params = call.account, call.identifier, call.params
    session = current_session(account, identifier)
    session["metadata"] = merged_metadata(session["metadata"], params.get("metadata"))
    return account.save_object(session)


def complete_session(account: Account, session: Json, buyer: Json, **changes: object) -> str:
    """Complete a session; return the event's id.

    Args:
        account: The account.
        session: An open session.
        buyer: The buyer's `email` and `name`.
        **changes: Fields of the completed session, such as `payment_status` and `payment_intent`.
    """
    details = _details(buyer["email"], buyer["name"])
    session.update(changes, status="complete", url=None, customer_details=details, _challenge=None)
    count_completed(account, session)
    return emit(account, "checkout.session.completed", account.save_object(session))


def _expire(account: Account, session: Json) -> Json:
    with account.transaction():
        session.update(status="expired", url=None, _challenge=None)
        intent = account.store.get("payment_intent", session["_payment_intent"] or "")
        if intent:
            account.save_object({**intent, "status": "canceled", "canceled_at": account.now(), "next_action": None})
        emit(account, "checkout.session.expired", account.save_object(session))
    return session


def _details(email: str | None, name: str | None) -> Json:
    return {
        "address": None,
        "business_name": None,
        "email": email,
        "individual_name": None,
        "name": name,
        "phone": None,
        "tax_exempt": "none",
        "tax_ids": None,
    }
