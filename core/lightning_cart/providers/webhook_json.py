"""Reads the JSON of a webhook, with the same errors for every provider."""

import json

from lightning_cart.errors import BadSignature
from lightning_cart.http import reject_nan
from lightning_cart.providers.untrusted_json import as_id, get


def parse_webhook(body: bytes, *, strict: bool = False) -> object:
    """Return the JSON value of a body.

    Args:
        body: As received.
        strict: Also refuse a byte order mark, another encoding than UTF-8, and `NaN`: needed if the body is sent on.

    Raises:
        BadSignature: The body is not JSON.
    """
    try:
        return json.loads(body.decode(), parse_constant=reject_nan) if strict else json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadSignature("the webhook is not JSON in UTF-8: check the endpoint's event format") from error


def read_id_and_type(document: object, id_field: str = "id", type_field: str = "type") -> tuple[str, str]:
    """Return an event's id and type.

    Args:
        document: The webhook's JSON value.
        id_field: The provider's name of the field with the id.
        type_field: The provider's name of the field with the type.

    Raises:
        BadSignature: One of them is absent or malformed.
    """
    event_id, event_type = as_id(get(document, id_field)), as_id(get(document, type_field))
    if not event_id or not event_type:
        raise BadSignature("the webhook has no id and type: check the endpoint's event format")
    return event_id, event_type
