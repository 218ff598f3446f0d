"""Describes the machine and the versions of a run, without which its figures mean nothing."""

import json
import subprocess

from benchmarks.machine import describe_hardware, locked
from lightning_cart_host.edge.staging import ROOT


def _npm(package: str) -> str:
    return str(json.loads((ROOT / "node_modules" / package / "package.json").read_text(encoding="utf-8"))["version"])


def describe_machine() -> dict[str, str]:
    """Return processor, system and versions, each as a string."""
    node = subprocess.run([ROOT / "node_modules" / ".bin" / "node", "--version"], check=True, capture_output=True, text=True)
    return {
        **describe_hardware(),
        "node": node.stdout.strip().removeprefix("v"),
        "pyodide": _npm("pyodide"),
        "wrangler": _npm("wrangler-offline"),
        "workerd": _npm("wrangler-offline/node_modules/workerd"),
        "hono": _npm("hono"),
        "stripe-node": _npm("stripe"),
        "fastapi": locked("fastapi", "bench.txt"),
        "stripe-python": locked("stripe", "bench.txt"),
    }
