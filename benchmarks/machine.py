"""Describes the machine of a run, without which its figures mean nothing."""

import os
import platform
import re
from datetime import UTC, datetime
from pathlib import Path

from lightning_cart_host.edge.staging import ROOT


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    found = (
        re.search(r"^model name\s*:\s*(.+)$", cpuinfo.read_text(encoding="utf-8"), re.MULTILINE) if cpuinfo.is_file() else None
    )
    return found[1] if found else platform.processor() or platform.machine()


def locked(package: str, requirements: str) -> str:
    """Return the version of a package in a requirement file."""
    text = (ROOT / "requirements" / requirements).read_text(encoding="utf-8")
    found = re.search(rf"^{package}(?:\[.*\])?==(\S+)", text, re.MULTILINE)
    return found[1] if found else "?"


def describe_hardware() -> dict[str, str]:
    """Return day, processor and system, each as a string."""
    return {
        "day": f"{datetime.now(UTC):%Y-%m-%d}",
        "processor": f"{_processor()}, {os.cpu_count()} cores",
        "system": f"{platform.system()} {platform.machine()}",
    }
