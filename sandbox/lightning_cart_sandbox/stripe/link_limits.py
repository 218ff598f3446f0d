"""The limit of completed sessions of a Payment Link (Stripe: payment link object, restrictions).

The limit counts completed sessions, not visits: several buyers can have the payment page open. The count is read and raised in
the transaction that completes a session, so a buyer who pays too late sees that the link is used up.
"""

from lightning_cart_sandbox.stripe.account import Account
from lightning_cart_sandbox.types import Json

KIND = "payment_link"


def used_up(link: Json) -> bool:
    """Return whether a link has reached its limit."""
    if not link["restrictions"]:
        return False
    sessions = link["restrictions"]["completed_sessions"]
    return bool(sessions["count"] >= sessions["limit"])


def find_link(account: Account, session: Json) -> Json | None:
    """Return the link of a session, or `None`."""
    return account.store.get(KIND, session["payment_link"] or "")


def count_completed(account: Account, session: Json) -> None:
    """Count a completed session at its link, if the link has a limit."""
    link = find_link(account, session)
    if link is not None and link["restrictions"]:
        link["restrictions"]["completed_sessions"]["count"] += 1
        account.save_object(link)
