"""What Stripe says about parameters that break a rule (Stripe: error codes)."""

import re

from lightning_cart_sandbox.schema import Boolean, Either, Fields, FieldType, Integer, ListOf, Metadata, Path, Rule, Violation
from lightning_cart_sandbox.stripe.errors import StripeError, invalid
from lightning_cart_sandbox.stripe.form import Value, bracketed
from lightning_cart_sandbox.stripe.unsettable import Unsettable
from lightning_cart_sandbox.types import Json

_INDEX = re.compile(r"[0-9]{1,6}")
_INTEGER = re.compile(r"-?[0-9]{1,18}")
_SCALARS = {Rule.STRING, Rule.TOO_SHORT, Rule.CHOICE, Rule.INTEGER, Rule.BOOLEAN, Rule.URL, Rule.EMAIL}
_EMPTY = (
    "You passed an empty string for '{name}'. We assume empty values are an attempt to unset a parameter; however '{name}' "
    "cannot be unset. You should remove '{name}' from your request or supply a non-empty value."
)
NOT_IMITATED = "{what} is not imitated by this sandbox. Stripe has it: test it against Stripe's own test mode."
"""The message for what Stripe has and this sandbox has not."""
_UNSUPPORTED = NOT_IMITATED.format(what="The parameter '{name}'")
_ERRORS: dict[Rule, tuple[str, str | None]] = {
    Rule.TOO_LONG: ("Invalid string: {value:.20}...; must be at most {expected} characters", None),
    Rule.TOO_SHORT: ("Invalid string: {value:.20}; must be at least {expected} characters", None),
    Rule.UNICODE: ("Invalid string", None),
    Rule.FORMAT: ("{expected}", None),
    Rule.CHOICE: ("Invalid {name}: must be one of {expected}", None),
    Rule.INTEGER: ("Invalid integer: {value:.40}", "parameter_invalid_integer"),
    Rule.TOO_LOW: ("This value must be greater than or equal to {expected}.", "parameter_invalid_integer"),
    Rule.TOO_HIGH: ("This value must be less than or equal to {expected}.", "parameter_invalid_integer"),
    Rule.BOOLEAN: ("Invalid boolean: {value:.40}", None),
    Rule.URL: ("Not a valid URL: an explicit scheme (such as https) must be provided.", "url_invalid"),
    Rule.EMAIL: ("Invalid email address: {value:.80}", "email_invalid"),
    Rule.MAP: ("Invalid hash", None),
    Rule.MAP_TOO_LONG: ("Metadata can have at most {expected} keys.", None),
    Rule.MAP_KEY_TOO_LONG: ("Metadata keys can have up to {expected} characters.", None),
    Rule.MAP_VALUE_STRING: ("Metadata values must be strings.", None),
    Rule.MAP_VALUE_TOO_LONG: ("Metadata values can have up to {expected} characters.", None),
    Rule.ARRAY: ("Invalid array", None),
    Rule.ARRAY_TOO_LONG: ("Array {name} exceeded maximum {expected} allowed elements.", None),
    Rule.OBJECT: ("Invalid object", None),
    Rule.UNKNOWN: ("Received unknown parameter: {name}", "parameter_unknown"),
    Rule.MISSING: ("Missing required param: {name}.", "parameter_missing"),
    Rule.UNSUPPORTED: (_UNSUPPORTED, "sandbox_not_imitated"),
}


def read(fields: Fields, form: dict[str, Value]) -> Json:
    """Return the parameters of a form in their Python types.

    Args:
        fields: What the endpoint accepts.
        form: The form, from `parse_form`.

    Raises:
        StripeError: The first rule that a parameter breaks.
    """
    params = {name: _decode(fields.members.get(name), value) for name, value in form.items()}
    violation = next(fields.check(params, ()), None)
    if violation:
        raise _error(violation)
    return params


def _decode(field: FieldType | None, value: Value) -> object:
    """Convert a value to the type of its field. If that is not possible, leave it for the check."""
    match field:
        case Unsettable() if value != "":
            return _decode(field.field, value)
        case Either():
            return _decode(field.fields if isinstance(value, dict) else field.plain, value)
        case ListOf() if isinstance(value, dict) and all(_INDEX.fullmatch(key) for key in value):
            return [_decode(field.item, value[key]) for key in sorted(value, key=int)]
        case Fields() if isinstance(value, dict):
            return {name: _decode(field.members.get(name), member) for name, member in value.items()}
    return value if isinstance(value, dict) else _decode_text(field, value)


def _decode_text(field: FieldType | None, text: str) -> object:
    match field:
        case Integer() if _INTEGER.fullmatch(text):
            return int(text)
        case Boolean() if text in {"true", "false"}:
            return text == "true"
        case Metadata() if not text:
            return {}  # Stripe takes an empty value as a request to unset the field.
    return text


def _error(violation: Violation) -> StripeError:
    name, value = _bracketed_path(violation.path), violation.value
    if violation.rule in _SCALARS:
        if not isinstance(value, str):
            return invalid("Invalid string", name)
        if value == "":
            return invalid(_EMPTY.format(name=name), name, "parameter_invalid_empty")
    message, code = _ERRORS[violation.rule]
    return invalid(message.format(name=name, value=value, expected=violation.expected), name, code)


def _bracketed_path(path: Path) -> str:
    name = ""
    for part in path:
        name = bracketed(name, part)
    return name
