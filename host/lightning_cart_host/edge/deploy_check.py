"""Checks the size of an upload: runs wrangler's dry run and compares the total without the catalogue with a limit.

The catalogue has a limit of its own, which `compile_catalog` checks.

`python -m lightning_cart_host.edge.deploy_check` checks the environment `production`; arguments are passed on to wrangler.
Exit code 1 if the upload is too large, and 2 if there would be none.
"""

import gzip
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from lightning_cart_host.edge.staging import ROOT, STAGED
from lightning_cart_host.edge.wrangler import NODE

MAX_UPLOAD_KIB = 150.0  # gzipped, without the catalogue; start-up time grows with it, and a Worker starts in many places
_WRANGLER = ROOT / "node_modules" / "wrangler" / "bin" / "wrangler.js"
_MODULE = re.compile(r"^│ (?!Total|Name)(\S+) +│ \S+ +│ ([\d.]+) KiB +│$", re.MULTILINE)
_TOTAL = re.compile(r"^Total Upload: ([\d.]+) KiB / gzip: ([\d.]+) KiB$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Upload:
    """The contents of an upload.

    Args:
        modules: Name to size in KiB, without the entry.
        raw: Total size in KiB.
        gzipped: Total size in KiB after compression, which is what Cloudflare limits.
    """

    modules: dict[str, float]
    raw: float
    gzipped: float


def read_upload(text: str) -> Upload | None:
    """Parse the output of wrangler's dry run. Return None if it contains no upload."""
    total = _TOTAL.search(text)
    modules = {name: float(size) for name, size in _MODULE.findall(text)}
    return Upload(modules, float(total[1]), float(total[2])) if total else None


def catalogue_kib() -> float:
    """Return the size of the staged catalogue in KiB after compression."""
    return len(gzip.compress((STAGED / "catalog_data.py").read_bytes(), mtime=0)) / 1024


def dry_run(arguments: Sequence[str]) -> str:
    """Run wrangler's dry run and return its output.

    Args:
        arguments: For wrangler, such as `--env staging`.
    """
    command = [str(NODE), str(_WRANGLER), "deploy", "--dry-run", "--outdir", "build/dry-run", *arguments]
    quiet = {"WRANGLER_SEND_METRICS": "false", "WRANGLER_HIDE_BANNER": "true", "NO_COLOR": "1", "CI": "1"}
    done = subprocess.run(command, cwd=ROOT, env=os.environ | quiet, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def main(arguments: Sequence[str]) -> int:
    """Print the modules of the upload and its size.

    Args:
        arguments: For wrangler; the environment `production` if there are none.

    Returns:
        The exit code.
    """
    text = dry_run(arguments or ["--env", "production"])
    upload = read_upload(text)
    if upload is None:
        sys.stderr.write(text)
        return 2
    for name, size in upload.modules.items():
        print(f"{size:8.2f} KiB  {name}")
    catalogue = catalogue_kib()
    fits = upload.gzipped - catalogue <= MAX_UPLOAD_KIB
    print(f"\n{len(upload.modules)} modules besides the entry: {upload.raw} KiB, gzipped {upload.gzipped} KiB")
    print(f"of these the catalogue has {catalogue:.2f} KiB")
    print(f"the rest is {'within' if fits else 'above'} the limit of {MAX_UPLOAD_KIB:.0f} KiB")
    return 0 if fits else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
