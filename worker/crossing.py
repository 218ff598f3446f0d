"""Converts plain values between Python and JavaScript as JSON, in one call for any value.

JavaScript's `null` becomes `None` on every Pyodide version; some versions convert it to `jsnull`.
"""

import json
from collections.abc import Mapping
from typing import Any

from js import JSON, Object

type JsValue = Any  # any JavaScript value


def from_js(value: JsValue) -> Any:  # noqa: ANN401 - the caller knows the type
    """Convert a plain JavaScript value to Python."""
    return json.loads(JSON.stringify(value))


def to_js(value: object) -> JsValue:
    """Convert a plain Python value to JavaScript."""
    return JSON.parse(json.dumps(value))


def read_headers(message: JsValue) -> Mapping[str, str]:
    """Return the headers of a request or response, with names in lower case."""
    headers: Mapping[str, str] = from_js(Object.fromEntries(message.headers))
    return headers
