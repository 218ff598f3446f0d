"""Whether a Payment Link may still be paid, and the count that decides it (Stripe: payment link object, restrictions).

A link's limit counts completed sessions, not visits: several people can have its pay page open. The count is read and raised
in the transaction that completes a session, so the one who comes second is told that the link is used up.
"""

from lightning_cart_sandbox.stripe.account import Account
from lightning_cart_sandbox.types import Json

KIND = "payment_link"


def used_up(link: Json) -> bool:
    """Return whether a link has been paid as often as it may be."""
    if not link["restrictions"]:
        return False
    sessions = link["restrictions"]["completed_sessions"]
    return bool(sessions["count"] >= sessions["limit"])


def find_link(account: Account, session: Json) -> Json | None:
    """Return the link that opened a session, or `None`."""
    return account.store.get(KIND, session["payment_link"] or "")


def count_completed(account: Account, session: Json) -> None:
    """Count a session that is completed now on the link that opened it, if that link counts."""
    link = find_link(account, session)
    if link is not None and link["restrictions"]:
        link["restrictions"]["completed_sessions"]["count"] += 1
        account.save_object(link)
