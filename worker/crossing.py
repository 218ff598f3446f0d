"""The one place where values cross between Python and JavaScript: as JSON, in one call whatever they hold.

It also makes one of JavaScript's nothings: `null` is `None` here, which some versions of Pyodide call `jsnull`.
"""

import json
from collections.abc import Mapping
from typing import Any

from js import JSON, Object

type JsValue = Any  # whatever JavaScript has; only this room touches it


def from_js(value: JsValue) -> Any:  # noqa: ANN401 - the caller knows what it asked for
    """A plain value of JavaScript's as Python's."""
    return json.loads(JSON.stringify(value))


def to_js(value: object) -> JsValue:
    """A plain value of Python's as JavaScript's."""
    return JSON.parse(json.dumps(value))


def read_headers(message: JsValue) -> Mapping[str, str]:
    """The headers of a request or an answer, names in lower case."""
    headers: Mapping[str, str] = from_js(Object.fromEntries(message.headers))
    return headers
