"""Field types that say what a request may contain, shared by the provider sandboxes.

A field type checks a value and yields a `Violation` for each rule that it breaks. The provider words them, and reports the
first or all of them.
"""

from lightning_cart_sandbox.schema.containers import Either, Fields, ListOf, Metadata
from lightning_cart_sandbox.schema.formats import is_email, is_web_url
from lightning_cart_sandbox.schema.values import (
    Anything,
    Boolean,
    Email,
    Integer,
    OneOf,
    ReadOnly,
    Text,
    Unsupported,
    Url,
    unsupported,
)
from lightning_cart_sandbox.schema.violation import FieldType, Path, Rule, Violation

__all__ = [
    "Anything",
    "Boolean",
    "Either",
    "Email",
    "FieldType",
    "Fields",
    "Integer",
    "ListOf",
    "Metadata",
    "OneOf",
    "Path",
    "ReadOnly",
    "Rule",
    "Text",
    "Unsupported",
    "Url",
    "Violation",
    "is_email",
    "is_web_url",
    "unsupported",
]
