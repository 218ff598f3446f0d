"""Describes the machine and the versions of a run, without which its figures mean nothing."""

import json
import os
import platform
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from lightning_cart_host.edge.staging import ROOT


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    found = (
        re.search(r"^model name\s*:\s*(.+)$", cpuinfo.read_text(encoding="utf-8"), re.MULTILINE) if cpuinfo.is_file() else None
    )
    return found[1] if found else platform.processor() or platform.machine()


def _npm(package: str) -> str:
    return str(json.loads((ROOT / "node_modules" / package / "package.json").read_text(encoding="utf-8"))["version"])


def _locked(package: str) -> str:
    found = re.search(rf"^{package}==(\S+)", (ROOT / "requirements" / "bench.txt").read_text(encoding="utf-8"), re.MULTILINE)
    return found[1] if found else "?"


def describe_machine() -> dict[str, str]:
    """Return processor, system and versions, each as a string."""
    node = subprocess.run([ROOT / "node_modules" / ".bin" / "node", "--version"], check=True, capture_output=True, text=True)
    return {
        "day": f"{datetime.now(UTC):%Y-%m-%d}",
        "processor": f"{_processor()}, {os.cpu_count()} cores",
        "system": f"{platform.system()} {platform.machine()}",
        "node": node.stdout.strip().removeprefix("v"),
        "pyodide": _npm("pyodide"),
        "wrangler": _npm("wrangler-offline"),
        "workerd": _npm("wrangler-offline/node_modules/workerd"),
        "hono": _npm("hono"),
        "stripe-node": _npm("stripe"),
        "fastapi": _locked("fastapi"),
        "stripe-python": _locked("stripe"),
    }
