"""Reads `multipart/form-data`, which `fetch` sends for `new FormData(form)`, and a form with that enctype (RFC 7578)."""

import re

from lightning_cart.errors import InvalidField, MalformedRequest
from lightning_cart.usecases.cart_keys import is_shown

MAX_FORM_FIELDS = 1000
# Compiled when a form needs them, so that the Worker starts without.
_BOUNDARY = r"(?ia);\s*boundary=(?:\"([^\"]{1,70})\"|([^\s;\"]{1,70}))"
_DISPOSITION = rb'(?i)\r\nContent-Disposition: *form-data; *name="([^"\r\n]*)"(; *filename)?'


def parse_multipart(content_type: str, body: bytes) -> list[tuple[str, str]]:
    """Return the fields of a form with their names. File inputs without a file are left out.

    Args:
        content_type: The header, with the boundary.
        body: The form.

    Raises:
        MalformedRequest: The body is not such a form in UTF-8.
        InvalidField: A field has a file.
    """
    stated = re.search(_BOUNDARY, content_type)
    if stated is None:
        raise MalformedRequest("the content type has no boundary: let fetch set it, which it does if no Content-Type is given")
    boundary = (stated[1] or stated[2]).encode("latin-1", "replace")
    start, *parts = (b"\r\n" + body).split(b"\r\n--" + boundary)
    if start or not parts or parts.pop().rstrip() != b"--":
        raise MalformedRequest("the form does not begin and end with the boundary of its content type")
    if len(parts) > MAX_FORM_FIELDS:
        raise MalformedRequest(f"the form has more than {MAX_FORM_FIELDS} fields")
    pairs = []
    for part in parts:
        head, end, value = part.partition(b"\r\n\r\n")
        found = re.search(_DISPOSITION, head)
        if not part.startswith(b"\r\n") or not end or found is None:
            raise MalformedRequest("a part of the form has no Content-Disposition with a name")
        try:
            # Browsers write a quote in a name so. Source: HTML Standard, 4.10.22.8, multipart/form-data.
            name, text = found[1].decode().replace("%22", '"'), value.decode()
        except ValueError as error:
            raise MalformedRequest("the form must be in UTF-8, without files") from error
        if not found[2]:
            pairs.append((name, text))
        elif value:
            raise InvalidField(name if is_shown(name) else "body", "is a file: carts have no files")
    return pairs
