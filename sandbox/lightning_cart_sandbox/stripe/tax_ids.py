"""Tax ids that a buyer can type, and the type that Stripe gives them (Stripe: collect tax ids).

Stripe, too, checks only the format here; whether the id exists is known later.
"""

import re

_EU = (
    "ATU[0-9]{8}|BE[01][0-9]{9}|BG[0-9]{9,10}|CY[0-9]{8}[A-Z]|CZ[0-9]{8,10}|DE[0-9]{9}|DK[0-9]{8}|EE[0-9]{9}|EL[0-9]{9}|"
    "ES[A-Z0-9][0-9]{7}[A-Z0-9]|FI[0-9]{8}|FR[A-Z0-9]{2}[0-9]{9}|HR[0-9]{11}|HU[0-9]{8}|IE[0-9][A-Z0-9][0-9]{5}[A-Z]{1,2}|"
    "IT[0-9]{11}|LT([0-9]{9}|[0-9]{12})|LU[0-9]{8}|LV[0-9]{11}|MT[0-9]{8}|NL[0-9]{9}B[0-9]{2}|PL[0-9]{10}|PT[0-9]{9}|"
    "RO[0-9]{2,10}|SE[0-9]{12}|SI[0-9]{8}|SK[0-9]{10}|XI[0-9]{9}"
)
_FORMATS = (
    ("eu_vat", _EU),
    ("gb_vat", "GB([0-9]{9}|[0-9]{12}|GD[0-9]{3}|HA[0-9]{3})"),
    ("ch_vat", "CHE[0-9]{9}(MWST|TVA|IVA)"),
    ("ch_uid", "CHE[0-9]{9}"),
    ("no_vat", "[0-9]{9}MVA"),
    ("au_abn", "[0-9]{11}"),
    ("ca_bn", "[0-9]{9}"),
    ("in_gst", "[0-9]{2}[A-Z]{5}[0-9]{4}[A-Z][0-9A-Z]Z[0-9A-Z]"),
)
_US = re.compile(r"[0-9]{2}-[0-9]{7}")


def read_tax_id(typed: str) -> dict[str, str] | None:
    """Return the `type` and `value` of a tax id, or `None` if its format is unknown.

    Args:
        typed: The id, with spaces, points and hyphens as people write them.
    """
    if _US.fullmatch(typed.strip()):
        return {"type": "us_ein", "value": typed.strip()}
    value = re.sub(r"[\s.\-]", "", typed).upper()
    found = next((kind for kind, pattern in _FORMATS if re.fullmatch(pattern, value)), None)
    return {"type": found, "value": value} if found else None
