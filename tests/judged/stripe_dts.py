"""Stripe's objects by stripe-node's types: one generated file of typed constants, and what the TypeScript compiler says of it.

A missing name, a wrong type and a name that does not exist are compile errors. Unlike stripe-python's, these types say which
names an object always has, if only as null.
"""

import json
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lightning_cart_sandbox.types import Json
from support import ROOT

_MODULES = ROOT / "node_modules"
_TSC = _MODULES / "typescript" / "bin" / "tsc"
_SPECIAL = {
    "checkout.session": "Stripe.Checkout.Session",
    "item": "Stripe.LineItem",
    "line_item": "Stripe.InvoiceLineItem",
}
_HEADER = (
    'import type Stripe from "stripe";',
    "declare function decimal(text: string): Stripe.Decimal;",
    "type EventOf<T extends string> = Extract<Stripe.Event, { type: T }>;",
)
_OPTIONS = {
    "lib": ["es2022"],
    "module": "nodenext",
    "moduleResolution": "nodenext",
    "noEmit": True,
    "paths": {"stripe": [str(_MODULES / "stripe" / "esm" / "stripe.esm.node.d.ts")]},
    "skipLibCheck": True,
    "strict": True,
    "target": "es2022",
    "types": [],
}
_ERROR = re.compile(r"^answers\.ts\((\d+),\d+\): error (.*)$", re.MULTILINE)
# stripe-node makes an object of a number that is a string in JSON.
_DECIMAL = re.compile(r'("(?:\w*_decimal|fx_rate)": )("[^"\\]*")')


def findings(documents: Sequence[Json], folder: Path) -> list[list[str]]:
    """Return the compiler's errors about each document.

    Args:
        documents: Objects, lists of objects and events; no errors, which stripe-node has no exact types for.
        folder: A folder for the generated file.

    Raises:
        RuntimeError: The compiler did not run.
    """
    constants = [
        f"export const answer{number}: {_type(document)} = {_literal(document)};" for number, document in enumerate(documents)
    ]
    (folder / "answers.ts").write_text("\n".join([*_HEADER, *constants]) + "\n", encoding="utf-8")
    (folder / "tsconfig.json").write_text(json.dumps({"compilerOptions": _OPTIONS, "files": ["answers.ts"]}), encoding="utf-8")
    command = [str(_MODULES / ".bin" / "node"), str(_TSC), "--project", str(folder), "--pretty", "false"]
    result = subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=60, check=False)
    found: list[list[str]] = [[] for _ in documents]
    for line, message in _ERROR.findall(result.stdout):
        found[int(line) - len(_HEADER) - 1].append(message)
    if bool(result.returncode) != any(found):
        raise RuntimeError(result.stdout[:2000] + result.stderr[:2000])
    return found


def _literal(document: Json) -> str:
    return _DECIMAL.sub(r"\1decimal(\2)", json.dumps(document))


def _type(document: Any) -> str:
    kind = str(document["object"])
    if kind in {"list", "search_result"}:
        items = sorted({_type(item) for item in document["data"]}) or ["never"]
        return f"Stripe.Api{'List' if kind == 'list' else 'SearchResult'}<{' | '.join(items)}>"
    if kind == "event":
        return f"EventOf<{json.dumps(document['type'])}>"
    name = "".join(part.capitalize() for part in kind.split("_"))
    return f"Stripe.Deleted{name}" if document.get("deleted") else _SPECIAL.get(kind, f"Stripe.{name}")
