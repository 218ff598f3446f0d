"""The field types that the parameters of several endpoints share (Stripe: API reference)."""

import re

from lightning_cart_sandbox.country_names import COUNTRY_NAMES
from lightning_cart_sandbox.schema import Boolean, Email, Fields, ListOf, Metadata, OneOf, Text, Url

MAX_EMAIL = 500
METADATA = Metadata(max_entries=50, max_key=40, max_value=500)
ID = Text(5000)
URL = Url(5000)
EMAIL = Email(MAX_EMAIL)
CURRENCY = Text(
    3, accepts=re.compile(r"[a-z]{3}").fullmatch, message="Invalid currency: use the three-letter code in lower case."
)
TAX_BEHAVIOR = OneOf(("exclusive", "inclusive", "unspecified"))
INTERVAL = OneOf(("day", "week", "month", "year"))
FUTURE_USAGE = OneOf(("off_session", "on_session"))
CAPTURE_METHOD = OneOf(("automatic", "automatic_async", "manual"))
AUTOMATIC_METHODS = Fields({"allow_redirects": OneOf(("always", "never")), "enabled": Boolean()}, required=("enabled",))
DESCRIPTOR = Text(
    22,
    accepts=lambda text: text.isascii() and re.search("[A-Za-z]", text) and not re.search(r"[<>\\'\"*]", text),
    message="The statement descriptor must contain at least one letter, only Latin characters and none of < > \\ ' \" *.",
)
EXPAND = ListOf(Text(500), 50)
_LINE = Text(5000)
_COUNTRY = Text(
    2,
    accepts=COUNTRY_NAMES.__contains__,
    message="This country is unknown. Try using a 2-character alphanumeric country code instead, such as 'US', 'EG', or 'GB'.",
)
_ADDRESS = Fields(
    {**dict.fromkeys(("city", "line1", "line2", "postal_code", "state"), _LINE), "country": _COUNTRY}, required=("line1",)
)
SHIPPING = Fields(
    {"address": _ADDRESS, "carrier": _LINE, "name": _LINE, "phone": Text(50), "tracking_number": _LINE},
    required=("address", "name"),
)
"""A delivery address that the merchant already knows."""
