"""The programs that are tried, and how each is run against a sandbox."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from clients.steps import Step, read_steps

ROOT = Path(__file__).parents[1]
UNPACKED = ROOT / ".venv" / "clients"
PROGRAMS = ROOT / "clients" / "programs"
KEY = "sk_test_TheClientsOfTheSandbox01"  # as long as Stripe's: dj-stripe takes no shorter one
_TIMEOUT_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Trial:
    """A program of others.

    Args:
        name: Its name, as its authors write it.
        version: Its version, and that of the SDK it uses.
        command: What is run; the sandbox's URL and key follow the second word.
        env: Further variables.
    """

    name: str
    version: str
    command: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)

    def run(self, root: str) -> list[Step]:
        """Run it against a sandbox, and return its steps.

        Args:
            root: The URL of the sandbox's Stripe.

        Raises:
            RuntimeError: It ended with an error.
        """
        command = [*self.command[:2], root, KEY, *self.command[2:]]
        env = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "NO_PROXY": "*", **self.env}
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=_TIMEOUT_SECONDS, check=False)
        if done.returncode:
            raise RuntimeError(f"{self.name} ended with an error:\n{done.stdout}{done.stderr}")
        return read_steps(done.stdout)


def all_trials() -> list[Trial]:
    """Return every program, with the versions that `scripts/setup-clients` has unpacked."""
    medusa = UNPACKED / "medusa" / "node_modules"
    examples = UNPACKED / "stripe-python" / "tests" / "test_generated_examples.py"
    node = str(ROOT / "node_modules" / ".bin" / "node")
    return [
        _python("dj-stripe", "dj-stripe", "dj_stripe.py"),
        _python("getpaid-stripe", "python-getpaid-stripe", "getpaid.py"),
        Trial(
            "@medusajs/payment-stripe",
            f"{_npm_version(medusa / '@medusajs' / 'payment-stripe')}, stripe {_npm_version(medusa / 'stripe')}",
            (node, str(PROGRAMS / "medusa.cjs"), str(medusa)),
        ),
        Trial(
            "stripe-python's examples",
            _locked(ROOT / "requirements" / "dev.txt", "stripe"),
            (sys.executable, str(PROGRAMS / "stripe_examples.py"), str(examples)),
        ),
    ]


@contextmanager
def running_sandbox() -> Iterator[str]:
    """Run a sandbox during the block; gives the URL of its Stripe."""
    options = ("--port", "0", "--stripe-port", "0", "--stripe-key", KEY)
    command = [sys.executable, "-m", "lightning_cart_host", "sandbox", *options]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield next(line["ports"]["stripe"] for line in map(json.loads, process.stderr or ()) if line["event"] == "serving")
        finally:
            process.terminate()


def _python(folder: str, package: str, program: str) -> Trial:
    locked = ROOT / "requirements" / "clients" / f"{folder}.txt"
    version = f"{_locked(locked, package)}, stripe {_locked(locked, 'stripe')}"
    return Trial(package, version, (sys.executable, str(PROGRAMS / program)), {"PYTHONPATH": str(UNPACKED / folder)})


def _locked(requirements: Path, package: str) -> str:
    lines = requirements.read_text(encoding="utf-8").splitlines()
    return next(line.split("==")[1].split()[0] for line in lines if line.startswith(f"{package}=="))


def _npm_version(folder: Path) -> str:
    return str(json.loads((folder / "package.json").read_text(encoding="utf-8"))["version"])
