"""Calls npm's wrangler 3.92.0, which brings workerd and a local D1, without a network and outside the person's home."""

import json
import os
import subprocess
import time
from pathlib import Path

from lightning_cart.errors import ConfigurationError
from lightning_cart_host.edge.staging import ROOT

NODE = ROOT / "node_modules" / ".bin" / "node"
OFFLINE_WRANGLER = ROOT / "node_modules" / "wrangler-offline" / "wrangler-dist" / "cli.js"


def check_installed() -> None:
    """Check that node and wrangler are installed.

    Raises:
        ConfigurationError: They are not.
    """
    if not OFFLINE_WRANGLER.is_file() or not NODE.exists():
        raise ConfigurationError("the offline runtime is not installed: run scripts/setup-node in a checkout")


def local_command(*arguments: str) -> list[str]:
    """Return wrangler's command line for a local run that keeps its state in `state`."""
    return [str(NODE), "--no-warnings", str(OFFLINE_WRANGLER), *arguments, "--local", "--persist-to", "state"]


def offline_environment(folder: Path) -> dict[str, str]:
    """Return this process's environment without Cloudflare's settings, and with every file of wrangler's in the folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CLOUDFLARE_", "CF_", "WRANGLER_"))}
    # NODE_ENV=test stops wrangler from looking up this machine's location; the others switch off statistics and prompts.
    quiet = {"WRANGLER_SEND_METRICS": "false", "NODE_ENV": "test", "CI": "1", "NO_COLOR": "1"}
    return {**kept, **quiet, "XDG_CONFIG_HOME": str(folder / "config"), "TMPDIR": str(folder / "tmp")}


def skip_update_check(folder: Path) -> None:
    """Write the cache of wrangler's update check, so that it does not ask the registry during the next hour."""
    cache = folder / "tmp" / "update-check" / "wrangler-latest.json"
    cache.parent.mkdir(parents=True, exist_ok=True)
    cache.write_text(json.dumps({"latest": "0", "lastUpdate": round(time.time() * 1000)}), encoding="utf-8")


def apply_migrations(folder: Path) -> None:
    """Apply the migrations that the folder's local D1 does not have yet.

    Raises:
        ConfigurationError: A migration failed.
    """
    command = local_command("d1", "migrations", "apply", "DB")
    done = subprocess.run(command, cwd=folder, env=offline_environment(folder), capture_output=True, text=True, check=False)
    if done.returncode:
        raise ConfigurationError(f"the migrations could not be applied to the local D1:\n{done.stdout}{done.stderr}")
