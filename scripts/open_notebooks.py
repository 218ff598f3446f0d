"""Opens the notebooks in JupyterLab: `make notebooks`. `ARGS` takes JupyterLab's options, such as `--port 9000`."""

import argparse
import os
import socket
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "notebooks"
CONFIG = Path(__file__).with_name("jupyter")  # turns off JupyterLab's news, which it would download


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        # As JupyterLab does, so that a port that was closed a moment ago counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def _command(arguments: list[str]) -> list[str]:
    settings = [
        f"--ServerApp.root_dir={FOLDER}",
        "--ContentsManager.hide_globs=['lightning_cart_notebook', '*.cfg', '__pycache__']",
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        settings.append("--allow-root")
    return [sys.executable, "-m", "jupyterlab", *settings, *arguments]


def main(arguments: list[str]) -> None:
    """Replace this process by JupyterLab, or exit with an error."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--port", type=int, default=0)
    port = parser.parse_known_args(arguments)[0].port
    if port and _is_taken(port):
        sys.exit(
            f'Port {port} is taken: name another one with ARGS="--port …", or none, and JupyterLab finds one that is free.'
        )
    # Trusts the saved outputs, which the tests compare, so that pictures are shown before a cell runs.
    notebooks = [str(path) for path in sorted(FOLDER.glob("*.ipynb"))]
    subprocess.run([sys.executable, "-m", "nbformat.sign", *notebooks], check=True, capture_output=True)
    paths = [str(CONFIG), *filter(None, [os.environ.get("JUPYTER_CONFIG_PATH")])]
    env = {**os.environ, "JUPYTER_CONFIG_PATH": os.pathsep.join(paths)}
    # The same process, so that a signal to it stops JupyterLab.
    os.execve(sys.executable, _command(arguments), env)  # noqa: S606 - no shell needed


if __name__ == "__main__":
    main(sys.argv[1:])
