"""Payment Links: created once, and each visit opens a Checkout Session (Stripe: payment link object)."""

import re
from collections.abc import Mapping

from lightning_cart_sandbox.schema import is_email
from lightning_cart_sandbox.stripe.account import Account, StripeCall
from lightning_cart_sandbox.stripe.collection_parameters import COLLECTIONS
from lightning_cart_sandbox.stripe.errors import invalid
from lightning_cart_sandbox.stripe.events import emit, emit_change, merged_metadata
from lightning_cart_sandbox.stripe.existing_prices import with_prices
from lightning_cart_sandbox.stripe.field_types import MAX_EMAIL
from lightning_cart_sandbox.stripe.items import new_line_item
from lightning_cart_sandbox.stripe.link_changes import change_settings
from lightning_cart_sandbox.stripe.link_limits import KIND
from lightning_cart_sandbox.stripe.method_types import offered_methods
from lightning_cart_sandbox.stripe.money import check_total
from lightning_cart_sandbox.stripe.objects import new_object, new_part
from lightning_cart_sandbox.stripe.page_settings import check_settings, link_settings
from lightning_cart_sandbox.stripe.pay_choices import apply_choices
from lightning_cart_sandbox.stripe.session_rules import check_items, check_mode
from lightning_cart_sandbox.stripe.sessions import open_session
from lightning_cart_sandbox.stripe.shipping_rates import check_options, new_options
from lightning_cart_sandbox.types import Json

_REFERENCE = re.compile(r"[A-Za-z0-9_-]{1,200}")
_AS_SENT = ("allow_promotion_codes", "customer_creation", "inactive_message", "payment_method_collection")
_DATA = ("payment_intent_data", "subscription_data")
_SESSION_PARAMS = (
    *_DATA,
    *COLLECTIONS,
    "allow_promotion_codes",
    "customer_creation",
    "payment_method_collection",
    "payment_method_types",
    "shipping_options",
)


def create_link(call: StripeCall) -> Json:
    """Create a link.

    Raises:
        StripeError: The parameters break a rule.
    """
    account, params = call.account, with_prices(call.account, call.params)
    recurring = any("recurring" in item.get("price_data", {}) for item in params["line_items"])
    # A link has no mode: its prices decide it.
    params = {**params, "mode": "subscription" if recurring else "payment"}
    check_mode(params)
    check_settings(params)
    offered_methods(params)
    check_items(params)
    currency = params["line_items"][0]["price_data"]["currency"]
    check_options(account, params, currency)
    slug = account.new_id("test").replace("_", "", 1)
    as_sent = {name: params[name] for name in _AS_SENT if name in params}
    link = new_object(
        KIND,
        id=account.new_id("plink"),
        after_completion=_after_completion(params.get("after_completion", {"type": "hosted_confirmation"})),
        currency=currency,
        metadata=merged_metadata({}, params.get("metadata")),
        restrictions=_restrictions(params.get("restrictions"), 0),
        shipping_options=new_options(account, params),
        url=account.url(f"/b/{slug}"),
        _created=account.now(),
        _slug=slug,
        _line_items=[new_line_item(account, item) for item in params["line_items"]],
        _session={"mode": params["mode"], **{name: params[name] for name in _SESSION_PARAMS if name in params}},
        **{name: new_part(f"link_{name}", **params[name]) for name in _DATA if name in params},
        **as_sent,
        **link_settings(params),
    )
    amounts = [item["amount_total"] for item in link["_line_items"]]
    check_total(sum(amounts) + sum(option["shipping_amount"] for option in link["shipping_options"][:1]), currency)
    account.save_object(link)
    emit(account, "payment_link.created", link)
    return link


def update_link(call: StripeCall) -> Json:
    """Change a link, but not its prices; an empty value unsets a field.

    Raises:
        StripeError: The link would break a rule.
    """
    account, identifier, params = call.account, call.identifier, call.params
    link = account.get(KIND, identifier, "payment_link")
    before = dict(link)
    link["active"] = params.get("active", link["active"])
    if "inactive_message" in params:
        link["inactive_message"] = params["inactive_message"] or None
    change_settings(account, link, params)
    if "after_completion" in params:
        link["after_completion"] = _after_completion(params["after_completion"])
    if "restrictions" in params:
        counted = (link["restrictions"] or {}).get("completed_sessions", {}).get("count", 0)
        link["restrictions"] = _restrictions(params["restrictions"], counted)
    link["metadata"] = merged_metadata(link["metadata"], params.get("metadata"))
    return emit_change(account, "payment_link.updated", link, before)


def visit_link(account: Account, link: Json, query: Mapping[str, str]) -> Json:
    """Open a session for a visit of a link.

    Args:
        account: The account.
        link: A link that can be paid.
        query: The URL's query: `client_reference_id` of at most 200 letters, digits, `_` and `-`, `prefilled_email`,
            `locked_prefilled_email` and, if the link allows promotion codes, `prefilled_promo_code`. Invalid values are ignored
            without an error, as on the real page (Stripe: payment link URL parameters).
    """
    params: Json = {**link["_session"], "metadata": link["metadata"]}
    if _REFERENCE.fullmatch(query.get("client_reference_id", "")):
        params["client_reference_id"] = query["client_reference_id"]
    if is_email(query.get("locked_prefilled_email", ""), MAX_EMAIL):
        params["customer_email"] = query["locked_prefilled_email"]
    if link["after_completion"]["type"] == "redirect":
        params["success_url"] = link["after_completion"]["redirect"]["url"]
    items = [{**item, "id": account.new_id("li")} for item in link["_line_items"]]
    with account.transaction():
        session = open_session(account, params, items, link["id"])
        if is_email(query.get("prefilled_email", ""), MAX_EMAIL):
            session["_prefilled_email"] = query["prefilled_email"]
        if "prefilled_promo_code" in query:
            apply_choices(account, session, {"promotion_code": query["prefilled_promo_code"]})
        return account.save_object(session)


def _after_completion(params: Json) -> Json:
    kind = params["type"]
    other = "hosted_confirmation" if kind == "redirect" else "redirect"
    if other in params:
        raise invalid(f"`after_completion[{other}]` can not be used with the type `{kind}`.", f"after_completion[{other}]")
    if kind == "hosted_confirmation":
        message = params.get(kind, {}).get("custom_message")
        return {"type": kind, "hosted_confirmation": {"custom_message": message}}
    if "redirect" not in params:
        name = "after_completion[redirect]"
        raise invalid(f"Missing required param: {name}.", name, "parameter_missing")
    return {"type": kind, "redirect": params["redirect"]}


def _restrictions(params: Json | None, counted: int) -> Json | None:
    return (params or None) and {"completed_sessions": {"count": counted, "limit": params["completed_sessions"]["limit"]}}
