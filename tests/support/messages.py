"""Reads fulfilment messages, each checked against the schema that receivers have."""

import json
from typing import Any

import jsonschema

from support import ROOT

SCHEMA: dict[str, Any] = json.loads((ROOT / "docs" / "fulfilment.schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def check_message(body: bytes) -> dict[str, Any]:
    """Return the content of a message, which fits the schema."""
    content: dict[str, Any] = json.loads(body)
    VALIDATOR.validate(content)
    return content
