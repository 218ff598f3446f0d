"""The keys of carts, and what to say about any other: a size that is dropped is a wrong parcel."""

import re
from collections.abc import Iterable, Sequence

from lightning_cart.errors import InvalidField

LINE_KEYS = ("id", "quantity")
CART_KEYS = ("items", "site", "strategy", "currency", "customer_email", "metadata")
FORM_FIELDS = (*LINE_KEYS, "site", "strategy", "currency", "customer_email", "metadata[key]")
_MAX_SHOWN = 40  # characters of a name that an error repeats
_MAX_NAMED = 5  # names in one error
_MEANT = {
    "id": "ids item itemid product products productid sku code",
    "quantity": "quantities qty count pieces number",
    "items": "item line lines lineitems cart basket product products id quantity",
    "site": "siteid shop shopid store storeid",
    "strategy": "paymentmethod paymentstrategy payment method provider gateway",
    "customer_email": "email mail emailaddress customer receiptemail",
    "metadata": "meta note notes comment comments message",
    "metadata[key]": "metadata meta note notes comment comments message",
}
_PRICED = "price prices unitprice unitamount amount amountminor total totalminor name title description image"
_ADVICE = {
    LINE_KEYS: "make each variant a product of its own, or write it into metadata",
    CART_KEYS: "write what only the shop needs into metadata",
    FORM_FIELDS: "repeat id and quantity for each product, and write what only the shop needs into metadata[key]",
}


def _plain(name: str) -> str:
    return re.sub("[^a-z]", "", name.lower())


def _meant(name: str, keys: Sequence[str]) -> str:
    """Return the key that a name seems to mean, or ""."""
    words = re.findall(r"[A-Za-z_-]+", name)
    given = {_plain(word) for word in (words[:1] + words[-1:] if "[" in name or "." in name else [name])}
    return next((key for key in keys if _plain(key) in given or given.intersection(_MEANT.get(key, "").split())), "")


def is_shown(name: str) -> bool:
    """Return whether an error may repeat a name of a request: it is short, and cannot disturb the text around it."""
    return len(name) <= _MAX_SHOWN and name.isprintable() and bool(name.strip())


def refuse_unknown(names: Iterable[str], keys: tuple[str, ...], path: str = "") -> None:
    """Refuse names that are no keys, and name the first of them.

    Args:
        names: The unknown names, as a request has them.
        keys: The known keys: `LINE_KEYS`, `CART_KEYS` or `FORM_FIELDS`.
        path: The path of the object that has them, or empty for the cart itself.

    Raises:
        InvalidField: There is a name.
    """
    unknown = list(names)
    if not unknown:
        return
    shown = [name for name in unknown if is_shown(name)]
    if not shown:
        raise InvalidField(path or "cart", f"has a name that is not known: the keys are {', '.join(keys)}")
    name = shown[0]
    meant = _meant(name, keys)
    advice = f"did you mean {meant}?" if meant else f"{_ADVICE[keys]}."
    if _plain(name) in _PRICED.split():
        advice = "prices and names come from the catalogue, so leave it out."
    others = f". Not known either: {', '.join(shown[1:_MAX_NAMED])}" if shown[1:] else ""
    reason = f"is not known here: {advice} The keys are {', '.join(keys)}{others}"
    raise InvalidField(f"{path}.{name}" if path else name, reason)
