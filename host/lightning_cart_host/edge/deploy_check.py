"""What a deploy would upload: wrangler's dry run, its modules, and a bound on their size.

`python -m lightning_cart_host.edge.deploy_check` asks about the environment `production`; what stands behind it is passed on to
wrangler. It ends with 1 where the upload is too large, and with 2 where there would be none.
"""

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from lightning_cart_host.edge.staging import ROOT

MAX_UPLOAD_KIB = 112.0  # gzipped: a Worker is loaded where its first buyer is, and start-up time grows with it
_NODE = ROOT / "node_modules" / ".bin" / "node"
_WRANGLER = ROOT / "node_modules" / "wrangler" / "bin" / "wrangler.js"
_MODULE = re.compile(r"^│ (?!Total|Name)(\S+) +│ \S+ +│ ([\d.]+) KiB +│$", re.MULTILINE)
_TOTAL = re.compile(r"^Total Upload: ([\d.]+) KiB / gzip: ([\d.]+) KiB$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Upload:
    """What would be uploaded.

    Args:
        modules: Name to size in KiB, beside the entry.
        raw: KiB in all.
        gzipped: The same, as it travels and as Cloudflare counts it.
    """

    modules: dict[str, float]
    raw: float
    gzipped: float


def read_upload(text: str) -> Upload | None:
    """What wrangler's dry run says; `None` where it did not come so far."""
    total = _TOTAL.search(text)
    modules = {name: float(size) for name, size in _MODULE.findall(text)}
    return Upload(modules, float(total[1]), float(total[2])) if total else None


def dry_run(arguments: Sequence[str]) -> str:
    """All that wrangler has to say of a deploy which does not take place.

    Args:
        arguments: For wrangler, such as `--env staging`.
    """
    command = [str(_NODE), str(_WRANGLER), "deploy", "--dry-run", "--outdir", "build/dry-run", *arguments]
    quiet = {"WRANGLER_SEND_METRICS": "false", "WRANGLER_HIDE_BANNER": "true", "NO_COLOR": "1", "CI": "1"}
    done = subprocess.run(command, cwd=ROOT, env=os.environ | quiet, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def main(arguments: Sequence[str]) -> int:
    """Print what would be uploaded.

    Args:
        arguments: For wrangler; the environment `production` if there are none.

    Returns:
        The status to end with.
    """
    text = dry_run(arguments or ["--env", "production"])
    upload = read_upload(text)
    if upload is None:
        sys.stderr.write(text)
        return 2
    for name, size in upload.modules.items():
        print(f"{size:8.2f} KiB  {name}")
    right = upload.gzipped <= MAX_UPLOAD_KIB
    print(f"\n{len(upload.modules)} modules beside the entry: {upload.raw} KiB, gzipped {upload.gzipped} KiB")
    print(f"that is {'within' if right else 'above'} the bound of {MAX_UPLOAD_KIB:.0f} KiB")
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
