"""Sample objects of test events (Square: TestWebhookSubscription)."""

from lightning_cart_sandbox.square.account import Account, money
from lightning_cart_sandbox.square.locations import MAIN_LOCATION
from lightning_cart_sandbox.types import Json


def sample_object(account: Account, event_type: str) -> tuple[str, Json]:
    """Return the name and the content of `data.object` in a test event.

    Args:
        account: The account.
        event_type: The event's type; an object that this sandbox does not have is shown with its id only.
    """
    name, identifier, now = event_type.partition(".")[0], account.fresh("sample"), account.instant()
    place, times = {"location_id": MAIN_LOCATION}, {"created_at": now, "updated_at": now}
    if name == "order":
        shown = {"order_id": identifier, "version": 1, "state": "OPEN", **place, **times}
        if event_type == "order.created":
            del shown["updated_at"]
        if event_type == "order.fulfillment.updated":
            update = {"fulfillment_uid": account.fresh("sample"), "old_state": "PROPOSED", "new_state": "RESERVED"}
            shown["fulfillment_update"] = [update]
        return event_type.replace(".", "_"), shown
    fields: dict[str, Json] = {
        "payment": {
            "status": "COMPLETED",
            "source_type": "CARD",
            "amount_money": money(100, "USD"),
            "total_money": money(100, "USD"),
            "order_id": account.fresh("sample"),
            "version_token": account.fresh("vt"),
            **place,
            **times,
        },
        "refund": {
            "status": "COMPLETED",
            "amount_money": money(100, "USD"),
            "payment_id": account.fresh("sample"),
            "order_id": account.fresh("sample"),
            **place,
            **times,
        },
        "dispute": {
            "state": "EVIDENCE_REQUIRED",
            "reason": "NO_KNOWLEDGE",
            "amount_money": money(100, "USD"),
            "disputed_payment": {"payment_id": account.fresh("sample")},
            "card_brand": "VISA",
            "due_at": now,
            "version": 1,
            **place,
            **times,
        },
        "customer": {
            "given_name": "Ada",
            "creation_source": "THIRD_PARTY",
            "preferences": {"email_unsubscribed": False},
            "version": 0,
            **times,
        },
    }
    return name, {"id": identifier, **fields.get(name, {})}
