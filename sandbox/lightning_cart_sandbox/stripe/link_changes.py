"""Changes of what the page of an existing Payment Link collects (Stripe: update a payment link)."""

from lightning_cart_sandbox.stripe.account import Account
from lightning_cart_sandbox.stripe.collection_parameters import LINK_COLLECTIONS
from lightning_cart_sandbox.stripe.method_types import offered_methods
from lightning_cart_sandbox.stripe.objects import OBJECTS
from lightning_cart_sandbox.stripe.page_settings import check_settings, link_settings
from lightning_cart_sandbox.stripe.session_rules import check_mode
from lightning_cart_sandbox.stripe.shipping_rates import check_options, new_options
from lightning_cart_sandbox.types import Json

CHANGEABLE = (*LINK_COLLECTIONS, "allow_promotion_codes", "customer_creation")


def change_settings(account: Account, link: Json, params: Json) -> None:
    """Change what the page collects from now on; sessions that are open stay as they are. The link is not saved.

    Args:
        account: The account.
        link: The link.
        params: The checked parameters; an empty value unsets a field.

    Raises:
        StripeError: The link would break a rule.
    """
    changed = {name: params[name] for name in CHANGEABLE if name in params}
    if not changed:
        return
    wanted = {name: value for name, value in {**link["_session"], **changed}.items() if value != ""}
    check_mode(wanted)
    check_settings(wanted)
    offered_methods(wanted)
    check_options(account, wanted, link["currency"])
    unset = OBJECTS["payment_link"]
    link.update({name: unset.get(name) for name in changed})
    link.update({name: changed[name] for name in ("allow_promotion_codes", "customer_creation") if name in changed})
    link.update(link_settings(wanted), shipping_options=new_options(account, wanted), _session=wanted)
