"""Reads what a buyer writes into a cart: the texts of a product's inputs, and the note to the shop."""

import re
from collections.abc import Mapping

from lightning_cart.domain.catalog import Product
from lightning_cart.domain.text import clean_note, note_fault
from lightning_cart.domain.typed import is_left_out, match_name, trim
from lightning_cart.errors import InvalidField
from lightning_cart.usecases.cart_keys import path_to
from lightning_cart.usecases.cart_options import ask_anew, read_object

MAX_NOTE = 1000  # characters
_VAT_ID = re.compile(r"[A-Z0-9]{4,20}", re.ASCII)
_NO_TEXTS: Mapping[str, str] = {}


def _read_text(value: object, path: str, label: str, max_length: int) -> str:
    """Return a text without blanks around it, or "" if it is left out.

    Raises:
        InvalidField: It is no text, too long, or has control characters.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)  # such as a number for a shirt
    if is_left_out(value):
        return ""
    if not isinstance(value, str):
        raise InvalidField(path, f"must be a string of at most {max_length} characters")
    text = clean_note(value).strip()
    if len(text) > max_length:
        reason = f"must be a string of at most {max_length} characters, and has {len(text)}"
        raise InvalidField(path, reason, f"{label}: please shorten it to {max_length} characters.")
    if fault := note_fault(text):
        raise InvalidField(path, fault, f"{label}: please type it again without special characters.")
    return text


def read_note(value: object) -> str:
    """Return the buyer's note of any number of lines, or "".

    Raises:
        InvalidField: It is no text, too long, or has control characters.
    """
    return _read_text(value, "note", "Note", MAX_NOTE)


def read_vat_id(value: object) -> str:
    """Return the buyer's VAT id in capitals and without blanks, or "". It is printed, and changes no price.

    Raises:
        InvalidField: It cannot be one.
    """
    if is_left_out(value):
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)  # one without letters, from a script
    text = re.sub(r"[\s./-]", "", trim(value)).upper() if isinstance(value, str) else ""
    if not _VAT_ID.fullmatch(text):
        reason = "must be a VAT id of 4 to 20 letters and digits, such as ESB12345678"
        raise InvalidField("vat_id", reason, "VAT id: please check it. It looks like ESB12345678.")
    return text


def read_inputs(product: Product, given: object, path: str) -> tuple[Mapping[str, str], list[InvalidField]]:
    """Return the texts of a line by the ids of the product's inputs, and what is missing.

    A required text that is missing is "" in the first, so that its surcharge is in the price.

    Args:
        product: The product of the line.
        given: The line's inputs, of any type; None and "" count as left out.
        path: Their path in the cart, such as `items[0].inputs`.

    Raises:
        InvalidField: An input is unknown, too long, has a line too many, or has control characters.
    """
    if given is None and not product.inputs:
        return _NO_TEXTS, []
    wanted = {one.id: one for one in product.inputs}
    typed: dict[str, str] = {}
    for key, value in read_object(given, path, '{"engraving": "Ada"}').items():
        input_id = match_name(key, wanted)
        if input_id is None:
            known = f"its inputs are {', '.join(wanted)}" if wanted else "leave it out, because it has none"
            raise InvalidField(path_to(path, key), f"is no input of this product: {known}", ask_anew(product))
        one, place = wanted[input_id], f"{path}.{input_id}"
        label = f"{product.name}, {one.label}"
        text = _read_text(value, place, label, one.max_length)
        lines = text.count("\n") + 1
        if lines > one.lines:
            most = "one line" if one.lines == 1 else f"{one.lines} lines"
            raise InvalidField(place, f"must have at most {most}, and has {lines}", f"{label}: please write {most} at most.")
        if text and typed.setdefault(input_id, text) != text:
            raise InvalidField(place, "is there twice with different values: send it once")
    missing = []
    for one in product.inputs:
        if one.required and one.id not in typed:
            typed[one.id] = ""
            for_buyer = f"{product.name}, {one.label}: please fill it in."
            missing.append(InvalidField(f"{path}.{one.id}", "is missing: this product is not sold without it", for_buyer))
    return {one.id: typed[one.id] for one in product.inputs if one.id in typed}, missing
