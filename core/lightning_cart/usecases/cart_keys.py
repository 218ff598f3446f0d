"""The keys of carts, and what to say about any other: a size that is dropped is a wrong parcel."""

import re
from collections.abc import Iterable, Sequence

from lightning_cart.errors import InvalidField

LINE_KEYS = ("id", "options", "inputs", "amount", "quantity")
DELIVERY_KEYS = ("name", "line1", "line2", "city", "region", "postal_code", "country", "phone", "method")
_OTHER_KEYS = ("site", "strategy", "currency", "customer_email", "code", "vat_id")
CART_KEYS = ("items", *_OTHER_KEYS, "metadata", "delivery", "note")
FORM_FIELDS = (
    *("id", "quantity", "option[name]", "input[id]", "amount", *_OTHER_KEYS, "metadata[key]", "delivery[key]", "note"),
)
_MAX_SHOWN = 40  # characters of a name that an error repeats
_MAX_NAMED = 5  # unknown names in one error
_MAX_CHOICES = 30  # things to choose from in one error
_MEANT = {
    "id": "ids item itemid product products productid sku code",
    "options": "option variant variants variantid attributes",
    "inputs": "input text texts personalisation personalization customisation customization",
    "quantity": "quantities qty count pieces number",
    "option[name]": "option options variant variants attributes",
    "input[id]": "input inputs text texts personalisation personalization customisation customization",
    "items": "item line lines lineitems cart basket product products id quantity options inputs",
    "site": "siteid shop shopid store storeid",
    "strategy": "paymentmethod paymentstrategy payment provider gateway",
    "customer_email": "email mail emailaddress customer receiptemail",
    "code": "coupon couponcode discount discountcode promo promocode promotioncode voucher vouchercode",
    "vat_id": "vat vatid vatnumber vatin taxid taxnumber ustid nif",
    "note": "notes comment comments message remark remarks instructions",
    "metadata": "meta",
    "metadata[key]": "metadata meta",
    "delivery": "shipping address deliveryaddress shippingaddress shipto recipient",
    "delivery[key]": "delivery shipping address deliveryaddress shippingaddress shipto recipient",
    "name": "fullname recipient",
    "line1": "street address address1 addressline addressline1 street1",
    "line2": "address2 addressline2 street2",
    "city": "town locality",
    "region": "state province county subdivision",
    "postal_code": "zip zipcode postcode plz",
    "country": "countrycode",
    "phone": "tel telephone mobile phonenumber",
    "method": "shippingmethod deliverymethod methodid",
}
_OPTIONS = "size colour color material flavour flavor"
_PRICED = "price prices unitprice unitamount amount amountminor total totalminor name title description image"
_ADVICE = {
    LINE_KEYS: "write what a variant is chosen by into options, and what the buyer writes into inputs",
    CART_KEYS: "write what only the shop needs into metadata",
    DELIVERY_KEYS: "write what only the shop needs into note or metadata",
    FORM_FIELDS: "repeat id and quantity for each product, and write what only the shop needs into metadata[key]",
}


def _plain(name: str) -> str:
    return re.sub("[^a-z0-9]", "", name.lower())


def _find(given: set[str], keys: Iterable[str]) -> str:
    return next((key for key in keys if _plain(key) in given or given.intersection(_MEANT.get(key, "").split())), "")


def _meant(name: str, keys: Sequence[str]) -> str:
    """Return the key that a name seems to mean, with its place in the cart, or ""."""
    words = re.findall(r"[A-Za-z0-9_-]+", name)
    given = {_plain(word) for word in (words[:1] + words[-1:] if "[" in name or "." in name else [name])}
    if meant := _find(given, keys):
        return meant
    before, after = ("[", "]") if keys is FORM_FIELDS else (".", "")
    if keys in (LINE_KEYS, FORM_FIELDS) and given.intersection(_OPTIONS.split()):
        return f"{'option' if keys is FORM_FIELDS else 'options'}{before}{name}{after}"
    inner = _find(given, DELIVERY_KEYS) if keys in (CART_KEYS, FORM_FIELDS) else ""
    return f"delivery{before}{inner}{after}" if inner else ""


def is_shown(name: str) -> bool:
    """Return whether an error may repeat a name of a request: it is short, and cannot disturb the text around it."""
    return len(name) <= _MAX_SHOWN and name.isprintable() and bool(name.strip())


def path_to(path: str, name: str) -> str:
    """Return the path of a name in an object, or the object's own if an error may not repeat the name."""
    return f"{path}.{name}" if is_shown(name) else path


def name_choices(names: Sequence[str], word: str = "or") -> str:
    """Return things to choose from as a part of a sentence: `a, b or c`, without a word `a, b, c`, and of many the first."""
    if len(names) > _MAX_CHOICES:
        return f"{', '.join(names[:_MAX_CHOICES])} and {len(names) - _MAX_CHOICES} more"
    return f"{', '.join(names[:-1])} {word} {names[-1]}" if word and len(names) > 1 else ", ".join(names)


def refuse_unknown(names: Iterable[str], keys: tuple[str, ...], path: str = "") -> None:
    """Refuse names that are no keys, and name the first of them.

    Args:
        names: The unknown names, as a request has them.
        keys: The known keys: `LINE_KEYS`, `CART_KEYS`, `DELIVERY_KEYS` or `FORM_FIELDS`.
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
