"""Writes the folder in which workerd runs the Worker: its code, `wrangler.toml` and `.dev.vars`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lightning_cart_host.edge.staging import ROOT, stage_offline

_CONFIG = """
name = "lightning-cart-offline"
main = "worker/{main}"
base_dir = "worker"
compatibility_date = "2024-11-06"
compatibility_flags = ["python_workers"]
"""
_D1 = """
[[d1_databases]]
binding = "DB"
database_name = "orders"
database_id = "00000000-0000-0000-0000-000000000000"
migrations_dir = {migrations}
"""
_ASSETS = """
[assets]
directory = {storefront}
"""


@dataclass(frozen=True, slots=True)
class WorkerPlan:
    """The contents of a Worker's folder.

    Args:
        settings: The Worker's variables and secrets, by name.
        config: The folder of the catalogue files.
        modules: Python modules to add to the Worker or to replace in it: path to source.
        main: The module that the runtime calls.
        storefront: A folder of static pages to serve with the engine, or None.
        database: Whether D1 is bound.
    """

    settings: Mapping[str, str]
    config: Path
    modules: Mapping[str, str]
    main: str
    storefront: Path | None
    database: bool


def _quoted(value: str) -> str:
    return '"' + value.replace("\n", "\\n") + '"'


def _wrangler_toml(plan: WorkerPlan) -> str:
    text = _CONFIG.format(main=plan.main)
    if plan.database:
        text += _D1.format(migrations=json.dumps(str(ROOT / "migrations")))
    if plan.storefront:
        text += _ASSETS.format(storefront=json.dumps(str(plan.storefront)))
    return text


def write_worker_folder(folder: Path, plan: WorkerPlan) -> None:
    """Write everything that workerd reads. State of an earlier run in the folder stays.

    Args:
        folder: The folder; created if it does not exist.
        plan: What to write.

    Raises:
        ConfigurationError: The catalogue has mistakes, or the Worker cannot be staged.
    """
    folder.mkdir(parents=True, exist_ok=True)
    worker = stage_offline(folder / "worker", plan.config)
    for path, source in plan.modules.items():
        (worker / path).write_text(source, encoding="utf-8")
    (folder / "wrangler.toml").write_text(_wrangler_toml(plan), encoding="utf-8")
    secrets = folder / ".dev.vars"
    secrets.touch(mode=0o600)
    secrets.write_text("".join(f"{name}={_quoted(value)}\n" for name, value in plan.settings.items()), encoding="utf-8")
