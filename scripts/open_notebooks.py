"""Opens the notebooks in JupyterLab: `make notebooks`, with `ARGS` for JupyterLab, such as `--port 9000` or `--no-browser`."""

import argparse
import os
import socket
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "notebooks"
CONFIG = Path(__file__).with_name("jupyter")  # turns off the news, which would be fetched


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        # As JupyterLab does, so that what has just been stopped does not count as taken.
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
    """Become JupyterLab, or exit with a sentence that says why not."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--port", type=int, default=0)
    port = parser.parse_known_args(arguments)[0].port
    if port and _is_taken(port):
        sys.exit(
            f'Port {port} is taken: name another one with ARGS="--port …", or none, and JupyterLab finds one that is free.'
        )
    # Their outputs are ours and are compared by the tests: so their pictures may be shown before a cell is run.
    notebooks = [str(path) for path in sorted(FOLDER.glob("*.ipynb"))]
    subprocess.run([sys.executable, "-m", "nbformat.sign", *notebooks], check=True, capture_output=True)
    paths = [str(CONFIG), *filter(None, [os.environ.get("JUPYTER_CONFIG_PATH")])]
    env = {**os.environ, "JUPYTER_CONFIG_PATH": os.pathsep.join(paths)}
    # It takes this process's place, so that whatever stops the one stops the other.
    os.execve(sys.executable, _command(arguments), env)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main(sys.argv[1:])
