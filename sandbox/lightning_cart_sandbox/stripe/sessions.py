"""Checkout Sessions: created open, then completed by a buyer or expired (Stripe: Checkout Session object)."""

from lightning_cart_sandbox.stripe.account import Account, StripeCall
from lightning_cart_sandbox.stripe.buyers import collected_fields, customer_changes
from lightning_cart_sandbox.stripe.discounts import apply_discount, check_discount, redeem
from lightning_cart_sandbox.stripe.errors import StripeError
from lightning_cart_sandbox.stripe.events import emit, emit_change, merged_metadata
from lightning_cart_sandbox.stripe.existing_prices import with_prices
from lightning_cart_sandbox.stripe.items import new_line_item
from lightning_cart_sandbox.stripe.link_limits import count_completed
from lightning_cart_sandbox.stripe.method_types import offered_methods
from lightning_cart_sandbox.stripe.money import check_total
from lightning_cart_sandbox.stripe.objects import new_object, new_part
from lightning_cart_sandbox.stripe.page_settings import session_settings
from lightning_cart_sandbox.stripe.session_rules import MAX_SECONDS, check_session
from lightning_cart_sandbox.stripe.session_totals import choose_shipping, set_totals
from lightning_cart_sandbox.stripe.shipping_rates import new_options
from lightning_cart_sandbox.types import Json

KIND = "checkout.session"
_AS_SENT = (
    "cancel_url",
    "client_reference_id",
    "customer",
    "customer_email",
    "integration_identifier",
    "locale",
    "mode",
    "origin_context",
    "payment_method_collection",
    "success_url",
)


def create_session(call: StripeCall) -> Json:
    """Create an open session.

    Raises:
        StripeError: The parameters break a rule.
    """
    account, params = call.account, with_prices(call.account, call.params)
    check_session(account, params)
    session = open_session(account, params, [new_line_item(account, item) for item in params["line_items"]])
    check_discount(session)
    check_total(session["amount_total"], session["currency"])
    return session


def open_session(account: Account, params: Json, line_items: list[Json], payment_link: str | None = None) -> Json:
    """Create an open session from checked parameters.

    Args:
        account: The account.
        params: The parameters.
        line_items: The line items, from `new_line_item`.
        payment_link: The link that opened the session, if any. Such a session can have no `success_url`.
    """
    now, identifier = account.now(), account.new_id("cs_test")
    email = params.get("customer_email")
    if "customer" in params:
        email = account.get("customer", params["customer"])["email"]
    as_sent = {name: params[name] for name in _AS_SENT if name in params}
    session = new_object(
        KIND,
        id=identifier,
        created=now,
        currency=line_items[0]["currency"],
        customer_creation=params.get("customer_creation", "if_required") if params["mode"] == "payment" else None,
        customer_details=new_part("customer_details", email=email) if email else None,
        expires_at=params.get("expires_at", now + MAX_SECONDS),
        metadata=merged_metadata({}, params.get("metadata")),
        payment_link=payment_link,
        payment_method_types=offered_methods(params),
        shipping_options=new_options(account, params),
        # The real URL has a fragment, too, so that clients treat it as opaque.
        url=account.url(f"/c/pay/{identifier}#sandbox"),
        _line_items=line_items,
        _payment_intent_data=params.get("payment_intent_data", {}),
        _subscription_data=params.get("subscription_data", {}),
        _customer_update=params.get("customer_update", {}),
        _payment_intent=None,
        _challenge=None,
        **as_sent,
        **session_settings(params),
    )
    for discount in params.get("discounts", [{}]):
        apply_discount(account, session, discount.get("coupon"), discount.get("promotion_code"))
    if session["shipping_options"]:
        choose_shipping(session, session["shipping_options"][0])  # the page preselects the first one
    set_totals(session)
    return account.save_object(session)


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
        buyer: What the buyer typed, from `read_buyer`.
        **changes: Fields of the completed session, such as `payment_status` and `payment_intent`.
    """
    session.update(collected_fields(session, buyer), **changes, status="complete", url=None, _challenge=None)
    count_completed(account, session)
    redeem(account, session)
    customer = account.store.get("customer", session["customer"] or "")
    if customer and not customer.get("deleted"):
        emit_change(account, "customer.updated", customer | customer_changes(session, customer, buyer), customer)
    return emit(account, "checkout.session.completed", account.save_object(session))


def _expire(account: Account, session: Json) -> Json:
    with account.transaction():
        session.update(status="expired", url=None, _challenge=None)
        intent = account.store.get("payment_intent", session["_payment_intent"] or "")
        if intent:
            account.save_object({**intent, "status": "canceled", "canceled_at": account.now(), "next_action": None})
        emit(account, "checkout.session.expired", account.save_object(session))
    return session
