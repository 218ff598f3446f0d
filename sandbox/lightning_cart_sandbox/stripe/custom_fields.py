"""Custom fields of a payment page: their rules, their objects, and what the buyer typed (Stripe: custom fields)."""

import re

from lightning_cart_sandbox.stripe.collection_parameters import MAX_TYPED
from lightning_cart_sandbox.stripe.errors import invalid
from lightning_cart_sandbox.types import Json

_TYPES = ("dropdown", "numeric", "text")


def check_custom_fields(fields: list[Json]) -> None:
    """Raise the `StripeError` for the first rule that the parameter `custom_fields` breaks."""
    keys: set[str] = set()
    for index, field in enumerate(fields):
        name = f"custom_fields[{index}]"
        if field["key"] in keys:
            raise invalid(f"`{field['key']}` is used more than once: each custom field needs a unique key.", f"{name}[key]")
        keys.add(field["key"])
        _check_type(field, name)
        if field["type"] == "dropdown":
            _check_options(field["dropdown"], f"{name}[dropdown]")
        else:
            _check_lengths(field["type"], field.get(field["type"], {}), f"{name}[{field['type']}]")


def new_custom_field(field: Json) -> Json:
    """Return the object of a custom field without a value."""
    settings: Json = field.get(field["type"], {})
    if field["type"] == "dropdown":
        shown = {"default_value": settings.get("default_value"), "options": settings["options"]}
    else:
        shown = {name: settings.get(name) for name in ("default_value", "maximum_length", "minimum_length")}
    return {
        "key": field["key"],
        "label": field["label"],
        "optional": field.get("optional", False),
        "type": field["type"],
        field["type"]: {**shown, "value": None},
    }


def link_field(field: Json) -> Json:
    """Return the object of a custom field as a Payment Link shows it: it has no value."""
    shown = new_custom_field(field)
    del shown[field["type"]]["value"]
    return shown


def value_problem(field: Json, value: str) -> str:
    """Return what is wrong with a value that a buyer typed, or "".

    Args:
        field: The object of the field.
        value: The value without surrounding spaces; of a dropdown, the option's value.
    """
    label, settings = field["label"]["custom"], field[field["type"]]
    if not value:
        verb = "Choose" if field["type"] == "dropdown" else "Fill in"
        return "" if field["optional"] else f"{verb} “{label}”."
    if field["type"] == "dropdown":
        known = any(option["value"] == value for option in settings["options"])
        return "" if known else f"Choose one of the options for “{label}”."
    least, most = settings["minimum_length"] or 0, settings["maximum_length"] or MAX_TYPED
    unit = "digits" if field["type"] == "numeric" else "characters"
    if field["type"] == "numeric" and not re.fullmatch(r"[0-9]+", value):
        return f"“{label}” takes digits only."
    if len(value) < least:
        return f"“{label}” needs at least {least} {unit}."
    return f"“{label}” takes at most {most} {unit}." if len(value) > most else ""


def filled_fields(fields: list[Json], values: Json) -> list[Json]:
    """Return the objects of custom fields with the values that the buyer typed, by key."""
    return [{**field, field["type"]: {**field[field["type"]], "value": values.get(field["key"]) or None}} for field in fields]


def _check_type(field: Json, name: str) -> None:
    for kind in _TYPES:
        if kind in field and kind != field["type"]:
            raise invalid(f"You can not pass `{kind}` for a custom field of type `{field['type']}`.", f"{name}[{kind}]")
    if field["type"] == "dropdown" and "dropdown" not in field:
        raise invalid(f"Missing required param: {name}[dropdown].", f"{name}[dropdown]", "parameter_missing")


def _check_options(dropdown: Json, name: str) -> None:
    values = [option["value"] for option in dropdown["options"]]
    for index, value in enumerate(values):
        if value in values[:index]:
            message = f"`{value}` is used more than once: each option needs a unique value."
            raise invalid(message, f"{name}[options][{index}][value]")
    if dropdown.get("default_value", values[0]) not in values:
        raise invalid("The default value must be the value of one of the options.", f"{name}[default_value]")


def _check_lengths(kind: str, settings: Json, name: str) -> None:
    least, most = settings.get("minimum_length", 0), settings.get("maximum_length", MAX_TYPED)
    if least > most:
        raise invalid("The minimum length must not be greater than the maximum length.", f"{name}[minimum_length]")
    default = settings.get("default_value")
    if default is None:
        return
    if not least <= len(default) <= most:
        raise invalid("The default value must have an allowed length.", f"{name}[default_value]")
    if kind == "numeric" and not re.fullmatch(r"[0-9]+", default):
        raise invalid("The default value of a numeric field must contain only digits.", f"{name}[default_value]")
