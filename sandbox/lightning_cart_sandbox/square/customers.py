"""Customer profiles (Square: Customers API).

As Square does, the sandbox creates an instant profile for the e-mail address of a buyer whom the order does not name.
"""

from lightning_cart_sandbox.square.account import CUSTOMER, Account, SquareCall, paged
from lightning_cart_sandbox.square.events import emit
from lightning_cart_sandbox.square.time_range import is_within
from lightning_cart_sandbox.types import Json

_TEXT_FIELDS = ("email_address", "phone_number", "reference_id")


def buyers_customer(account: Account, order: Json, buyer: Json) -> str:
    """Return the id of the customer who pays an order: the one it names, or the profile of the e-mail address.

    Args:
        account: The account.
        order: The order.
        buyer: The buyer's `email`, `name`, and `phone` and `address`, which may be empty.
    """
    if order["customer_id"]:
        return str(order["customer_id"])
    found = account.store.find(CUSTOMER, email_address=buyer["email"])
    if found:
        return str(found[0]["id"])
    now = account.instant()
    given_name, family_name = split_name(buyer["name"])
    customer = {
        "id": account.fresh("customer"),
        "created_at": now,
        "updated_at": now,
        "given_name": given_name,
        "family_name": family_name or None,
        "email_address": buyer["email"],
        "phone_number": buyer.get("phone") or None,
        "address": buyer.get("address") or None,
        "preferences": {"email_unsubscribed": False},
        "creation_source": "INSTANT_PROFILE",
        "version": 0,
    }
    emit(account, "customer.created", "customer", account.save(CUSTOMER, customer))
    return str(customer["id"])


def split_name(name: str) -> tuple[str, str]:
    """Return the given and the family name of a buyer; of a single word, the family name is empty."""
    given_name, _, family_name = name.rpartition(" ")
    return (given_name, family_name) if given_name else (family_name, "")


def list_customers(call: SquareCall) -> Json:
    """Return one page of customers, sorted by name unless asked otherwise."""
    found = _sorted(call.account.store.find(CUSTOMER), call.params.get("sort_field"), call.params.get("sort_order"))
    return _page(found, call.params)


def search_customers(call: SquareCall) -> Json:
    """Return the customers that match a query."""
    query = call.params.get("query", {})
    wanted = query.get("filter", {})
    found = [one for one in call.account.store.find(CUSTOMER) if _matches(one, wanted)]
    sort = query.get("sort", {})
    return _page(_sorted(found, sort.get("field"), sort.get("order")), call.params)


def _matches(customer: Json, wanted: Json) -> bool:
    for name in _TEXT_FIELDS:
        texts, value = wanted.get(name, {}), (customer.get(name) or "").casefold()
        if "exact" in texts and texts["exact"].casefold() != value:
            return False
        if "fuzzy" in texts and texts["fuzzy"].casefold() not in value:
            return False
    times = [name for name in ("created_at", "updated_at") if name in wanted]
    return all(is_within(customer[name], wanted[name]) for name in times)


def _sorted(customers: list[Json], field: str | None, order: str | None) -> list[Json]:
    def name(customer: Json) -> str:
        return f"{customer['given_name']} {customer['family_name'] or ''}".casefold()

    def created(customer: Json) -> str:
        return str(customer["created_at"])

    oldest_first = reversed(customers)  # the order of equal ones
    return sorted(oldest_first, key=created if field == "CREATED_AT" else name, reverse=order == "DESC")


def _page(found: list[Json], params: Json) -> Json:
    return paged(found, params, "customers") | ({"count": len(found)} if params.get("count") else {})
