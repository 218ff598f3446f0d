"""Runs the notebooks from top to bottom and writes what they show: `.venv/bin/python scripts/execute_notebooks.py [NAME …]`.

Nothing is kept that would differ tomorrow: no times, no versions, no paths of this machine.
"""

import asyncio
import os
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

FOLDER = Path(__file__).resolve().parents[1] / "notebooks"
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
SECONDS = 120  # for one cell
ELSEWHERE = ("STRIPE_SECRET_KEY", "PAYPAL_CLIENT_ID", "PAYPAL_CLIENT_SECRET", "SQUARE_ACCESS_TOKEN", "WORKER_URL")


def execute(path: Path) -> None:
    """Run one notebook in place, in a fresh kernel of this very Python."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(notebook, timeout=SECONDS, kernel_name=KERNEL["name"], record_timing=False)
    asyncio.run(client.async_execute(cwd=str(FOLDER)))
    notebook.metadata = nbformat.from_dict({"kernelspec": KERNEL, "language_info": {"name": "python"}})
    for cell in notebook.cells:
        cell.metadata = nbformat.from_dict({})
    nbformat.write(notebook, path)


def main(names: list[str]) -> None:
    """Run those whose names begin so, or all."""
    for name in ELSEWHERE:  # they would lead out of this machine
        os.environ.pop(name, None)
    for path in sorted(FOLDER.glob("*.ipynb")):
        if not names or path.name.startswith(tuple(names)):
            execute(path)
            sys.stdout.write(f"{path.name}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
