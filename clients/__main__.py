"""Tries other people's programs with the sandbox: what passes, what fails, and what the sandbox does not imitate."""

import argparse
import json
import sys

from rich.console import Console
from rich.table import Table

from clients.documenting import COLUMNS, rows, write_docs
from clients.trials import ROOT, all_trials, running_sandbox


def main() -> int:
    """Run every program, print the table, and return 1 if the sandbox is at fault."""
    parser = argparse.ArgumentParser(prog="make clients", description=__doc__)
    parser.add_argument("--write-docs", action="store_true", help="write the table into docs/sandbox.md")
    options = parser.parse_args()
    console = Console()
    results = []
    for trial in all_trials():
        with console.status(f"trying {trial.name}"), running_sandbox() as root:
            results.append((trial, trial.run(root)))
    table = Table(*COLUMNS)
    for row in rows(results):
        table.add_row(*row)
    console.print(table)
    build = ROOT / "build"
    build.mkdir(exist_ok=True)
    every = {trial.name: {step.name: step.error or step.outcome for step in steps} for trial, steps in results}
    (build / "clients.json").write_text(json.dumps(every, indent=1), encoding="utf-8")
    console.print("Every step is in build/clients.json.")
    if options.write_docs:
        write_docs(results)
    faults = [f"{trial.name}: {step.name}: {step.fault}" for trial, steps in results for step in steps if step.fault]
    for fault in faults:
        console.print(fault, style="red", markup=False)
    return 1 if faults else 0


sys.exit(main())
