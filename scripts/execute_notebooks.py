"""Executes the notebooks and saves their outputs: `.venv/bin/python scripts/execute_notebooks.py [NAME …]`.

The saved files are reproducible: they contain no execution times, no versions and no paths of this machine.
"""

import asyncio
import os
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

FOLDER = Path(__file__).resolve().parents[1] / "notebooks"
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
CELL_TIMEOUT_SECONDS = 120
# With these, a notebook would use servers outside of this machine.
EXTERNAL_SETTINGS = ("STRIPE_SECRET_KEY", "PAYPAL_CLIENT_ID", "PAYPAL_CLIENT_SECRET", "SQUARE_ACCESS_TOKEN", "WORKER_URL")


def execute(path: Path) -> None:
    """Execute one notebook in place, in a new kernel of this Python."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(notebook, timeout=CELL_TIMEOUT_SECONDS, kernel_name=KERNEL["name"], record_timing=False)
    asyncio.run(client.async_execute(cwd=str(FOLDER)))
    notebook.metadata = nbformat.from_dict({"kernelspec": KERNEL, "language_info": {"name": "python"}})
    for cell in notebook.cells:
        cell.metadata = nbformat.from_dict({})
    nbformat.write(notebook, path)


def main(prefixes: list[str]) -> None:
    """Execute the notebooks whose names have one of the prefixes, or all of them."""
    for name in EXTERNAL_SETTINGS:
        os.environ.pop(name, None)
    for path in sorted(FOLDER.glob("*.ipynb")):
        if not prefixes or path.name.startswith(tuple(prefixes)):
            execute(path)
            sys.stdout.write(f"{path.name}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
