"""Parses carts: JSON, and forms in both encodings of browsers. Values are checked only as far as HTTP is concerned."""

from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl

from lightning_cart.domain.typed import is_left_out, read_whole
from lightning_cart.errors import InvalidField, MalformedRequest, UnsupportedMediaType
from lightning_cart.http import HttpRequest
from lightning_cart.usecases.cart_keys import CART_KEYS, is_shown
from lightning_cart.usecases.cart_request import CartRequest
from lightning_cart.web.multipart import MAX_FORM_FIELDS, parse_multipart
from lightning_cart.web.requests import UTF8_MARK, parse_object

_FORM, _MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
_ONCE = ("site", "strategy", "currency", "customer_email", "amount", "note", "code", "vat_id")
_GROUPS = ("option", "input", "delivery")  # fields such as `option[size]`
_EXAMPLE = '{"items": [{"id": "test-10", "quantity": 1}]}'


def parse_json_cart(body: bytes) -> CartRequest:
    """Parse a cart from JSON.

    Raises:
        MalformedRequest: The body is not JSON in UTF-8, or not an object.
        InvalidField: A key is there twice.
    """
    document = parse_object(body, _EXAMPLE)
    return CartRequest(
        items=document.get("items"),
        site=document.get("site"),
        strategy=document.get("strategy"),
        currency=document.get("currency"),
        customer_email=document.get("customer_email"),
        metadata=document.get("metadata"),
        delivery=document.get("delivery"),
        note=document.get("note"),
        code=document.get("code"),
        vat_id=document.get("vat_id"),
        unknown=tuple(key for key in document if key not in CART_KEYS),
    )


def _is_from_browser(name: str, value: str) -> bool:
    """Return whether a field is a button's, or one that a browser fills. Source: HTML Standard, 4.10.22.4, entry list."""
    if name.endswith((".x", ".y")) or name in ("x", "y"):
        # Of an image button only the place of the click is sent: one that should choose a way to pay must not be ignored.
        return name[:-2] not in _ONCE and value.removeprefix("-").isdecimal()
    return name in ("_charset_", "submit", "button")


def _form_lines(ids: Sequence[str], quantities: Sequence[str]) -> list[dict[str, object]]:
    """Return the lines of a form, without those left blank. Without any quantity each is one."""
    if quantities and len(ids) != len(quantities):
        found = f"the form has {len(ids)} ids and {len(quantities)} quantities: send one for each id in the same order, or none"
        raise InvalidField("quantity", found)
    lines = zip(ids, quantities or ["1"] * len(ids), strict=True)
    return [{"id": id_, "quantity": given} for id_, given in lines if not is_left_out(id_) and not _is_none(given)]


def _is_none(quantity: str) -> bool:
    return is_left_out(quantity) or read_whole(quantity) == 0


def _split_name(name: str) -> tuple[str, str]:
    """Return the parts of a name such as `option[size]`, or the name and ""."""
    group, bracket, key = name.partition("[")
    return (group, key[:-1]) if bracket and key.endswith("]") else (name, "")


def _put_once(fields: dict[str, str], key: str, value: str, name: str) -> None:
    """Keep the value of a field. A blank one gives way to another, as of a radio button beside a text field."""
    if is_left_out(fields.get(key)):
        fields[key] = value  # also a blank one, so that a name that is not known is refused
    elif not is_left_out(value) and fields[key] != value:
        raise InvalidField(name if is_shown(name) else "cart", "is there twice with different values: send it once")


def _add_choices(items: list[dict[str, object]], groups: Mapping[str, Mapping[str, str]], amount: str | None) -> None:
    """Put a form's options, inputs and amount into its line."""
    fields = {f"{group}[{key}]": value for group in ("option", "input") for key, value in groups[group].items()}
    if len(items) == 1:
        of_line = {"options": groups["option"], "inputs": groups["input"], "amount": amount}
        items[0] |= {key: value for key, value in of_line.items() if value}
        return
    filled = [name for name, value in (fields | {"amount": amount}).items() if not is_left_out(value)]
    if filled:
        reason = f"is of one product, and the form has {len(items)}: send one form for each product, or JSON"
        raise InvalidField(filled[0] if is_shown(filled[0]) else "cart", reason)


def _read_form(pairs: Sequence[tuple[str, str]]) -> CartRequest:
    fields: dict[str, str] = {}
    metadata: dict[str, str] = {}
    groups: dict[str, dict[str, str]] = {group: {} for group in _GROUPS}
    unknown = []
    for name, value in pairs:
        group, key = _split_name(name)
        if name in _ONCE and is_left_out(value):
            continue
        if name in _ONCE:
            _put_once(fields, name, value, name)
        elif key and group in groups:
            _put_once(groups[group], key, value, name)
        elif group == "metadata" and name != group:
            several = (metadata.get(key, ""), value)  # as checkboxes of one name have
            metadata[key] = ", ".join(text for text in several if not is_left_out(text))
        elif name not in ("id", "quantity") and not _is_from_browser(name, value):
            unknown.append(name)
    items = _form_lines(*([value for name, value in pairs if name == wanted] for wanted in ("id", "quantity")))
    if items:
        _add_choices(items, groups, fields.get("amount"))
    return CartRequest(
        items=items,
        site=fields.get("site"),
        strategy=fields.get("strategy"),
        currency=fields.get("currency"),
        customer_email=fields.get("customer_email"),
        metadata=metadata,
        delivery=groups["delivery"] or None,
        note=fields.get("note"),
        code=fields.get("code"),
        vat_id=fields.get("vat_id"),
        unknown=tuple(unknown),
        is_form=True,
    )


def parse_form_cart(body: bytes) -> CartRequest:
    """Parse a cart from an HTML form: `id` and `quantity` once per line. Lines and fields left blank are ignored.

    A form with one line may have `option[name]`, `input[id]` and `amount`, which are that line's.

    Raises:
        MalformedRequest: The body is not a form in UTF-8.
        InvalidField: The form has other than one quantity for each id, two values of a field, or such fields and two lines.
    """
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=MAX_FORM_FIELDS)
    except ValueError as error:
        raise MalformedRequest('the form must be URL-encoded in UTF-8: write <meta charset="utf-8"> into its page') from error
    return _read_form(pairs)


def parse_cart(request: HttpRequest) -> CartRequest:
    """Parse the cart of a request by its content type.

    JSON is also taken without its content type: `fetch` sends a string as `text/plain`, and `curl -d` as a form.

    Raises:
        UnsupportedMediaType: It is neither JSON nor a form.
        MalformedRequest: The body is not what the content type says.
        InvalidField: See `parse_json_cart` and `parse_form_cart`.
    """
    content_type = request.header("content-type")
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type in ("application/json", "text/json") or media_type.endswith("+json"):
        return parse_json_cart(request.body)
    if media_type == _MULTIPART:
        return _read_form(parse_multipart(content_type, request.body))
    if media_type in ("", "text/plain", _FORM) and request.body.removeprefix(UTF8_MARK).lstrip()[:1] in (b"{", b"["):
        return parse_json_cart(request.body)
    if media_type != _FORM:
        raise UnsupportedMediaType(f"send the cart as application/json, or a form as {_FORM} or {_MULTIPART}")
    return parse_form_cart(request.body)
