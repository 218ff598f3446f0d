"""The provider in `examples/acorn` passes the conformance suite as it is, and fails it with any of thirteen bugs."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from support import ROOT

pytestmark = [pytest.mark.process, pytest.mark.xdist_group("each")]  # each test is a run of its own, and takes long

EXAMPLE = ROOT / "examples" / "acorn"
FROM_OUTSIDE = {
    "CONFORMANCE_STRATEGY": "lightning_cart.providers.acorn.checkout:AcornPay",
    "CONFORMANCE_OTHER_END": "lightning_cart_sandbox.acorn:Acorn",
}
SUITE = [
    f"tests/conformance/test_{name}.py"
    for name in ("conformance", "binding", "disputes", "ends", "full_carts", "reconcile", "refunds", "returns")
]
CORE = "core/lightning_cart/providers/acorn"
SANDBOX = "sandbox/lightning_cart_sandbox"
BUGS = {  # name: the file, its right code, the wrong code, and the test that must find it
    "it ignores the currency": ("payment.py", 'get(payment, "currency"))', '"USD")', "an_amount_is_exact"),
    "it sends the price of one": (
        "payment.py",
        "to_provider(order.total)",
        "to_provider(order.lines[0].unit_price)",
        "a_purchase_ends_paid",
    ),
    "it takes what is pending for paid": (
        "payment.py",
        '"payment.pending": EventKind.PENDING',
        '"payment.pending": EventKind.PAID',
        "that_takes_its_time",
    ),
    "it takes any word for success": (
        "payment.py",
        "(event_type, EventKind.IGNORED)",
        "(event_type, EventKind.PAID)",
        "a_return_before_the_buyer_paid",
    ),
    "it counts a refund as the whole": ("payment.py", '"refunded"}', '"amount"}', "refunds_at_the_provider"),
    "it knows one signing secret": ("webhook.py", "webhook_secrets)", "webhook_secrets[:1])", "secret_is_rotated"),
    "it breaks on a strange header": ("webhook.py", "except ValueError", "except KeyError", "without_its_signature"),
    "it accepts any signature": (
        "webhook.py",
        'if not matches_any(b"%d.%b" % (time, request.body), [signature], config.webhook_secrets)',
        "if not signature",
        "whose_body_was_touched",
    ),
    "it binds a payment by its reference": (
        "payment.py",
        'checkout_ref=payment_id if kind is not EventKind.REFUNDED else "",  # a refund names its payment alone',
        'order_id=str(get(payment, "reference")),',
        "that_names_an_order_changes_nothing",
    ),
    "it takes two disputes for one": (
        "payment.py",
        "object_id=dispute_id",
        'object_id=get_id(dispute, "payment")',
        "a_second_dispute",
    ),
    "it reads no refunded total": ("payment.py", "refunded=refunded, was_read", "was_read", "dashboard_refund_whose_webhook"),
    "it takes a refund for a payment": (
        "payment.py",
        '"payment.refunded": EventKind.REFUNDED',
        '"payment.refunded": EventKind.PAID',
        "a_refund_that_is_told_before",
    ),
    "it tells its key": ("api.py", 'f"answered {response.status}"', "config.key.reveal()", "no_secret"),
}


def replaced(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1, old
    return text.replace(old, new)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Copy the core and the sandbox, compiled as they are, with the files of the example."""
    for part in ("core", "sandbox"):
        shutil.copytree(ROOT / part, tmp_path / part)
    for part in ("core", "sandbox", "docs"):
        shutil.copytree(EXAMPLE / part, tmp_path / part, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def run(tree: Path, *arguments: str, cwd: Path = ROOT, **env: str) -> subprocess.CompletedProcess[str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith(("CONFORMANCE_", "PYTEST_"))}
    paths = os.pathsep.join([str(tree / "core"), str(tree / "sandbox")])
    return subprocess.run(
        [sys.executable, "-B", "-m", *arguments],
        cwd=cwd,
        env=own | {"PYTHONPATH": paths, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"} | env,  # the plugins take most of a short run
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def judge(tree: Path, *arguments: str, suite: Sequence[str] = SUITE, **env: str) -> subprocess.CompletedProcess[str]:
    return run(tree, "pytest", *suite, "-q", "-p", "no:cacheprovider", "--color=no", *arguments, cwd=ROOT, **env)


def assert_all_passed(result: subprocess.CompletedProcess[str]) -> None:
    summary = result.stdout.splitlines()[-1] if result.stdout else ""
    counts = {word: int(count) for count, word in re.findall(r"(\d+) ([a-z]+)", summary)}
    assert result.returncode == 0, result.stdout + result.stderr
    assert counts["passed"] > 70
    assert counts.keys() <= {"passed", "deselected"}


def test_the_suite_passes_the_example_without_an_edit(tree: Path) -> None:
    assert_all_passed(judge(tree, "-m", "not slow", **FROM_OUTSIDE))  # with PostgreSQL once it is registered


@pytest.fixture
def registered(tree: Path) -> Path:
    """Add the lines that register the example to that tree."""
    for part in ("config", "docs", "migrations", "templates", "tests"):
        shutil.copytree(ROOT / part, tree / part, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    for path in (*ROOT.glob("*.md"), ROOT / "pyproject.toml", ROOT / ".dev.vars.example"):
        shutil.copy(path, tree)
    patch = ["git", "apply", "--verbose", str(EXAMPLE / "register.patch")]
    applied = subprocess.run(patch, cwd=tree, capture_output=True, text=True, check=False)
    assert applied.returncode == 0, applied.stderr
    return tree


def test_a_line_in_each_register_is_enough_to_be_judged_on_postgresql(registered: Path) -> None:
    assert_all_passed(judge(registered, "-k", "acorn_pay and postgres"))


def test_no_test_that_reads_the_register_needs_an_edit(registered: Path) -> None:
    core = ("providers/test_capabilities", "domain/test_money_vectors", "providers/test_refund_flows")
    files = [f"tests/unit/core/{name}.py" for name in core] + [
        "tests/unit/host/cli/doctor/test_run.py",
        "tests/unit/host/server/test_sandbox_link.py",
    ]
    assert_all_passed(run(registered, "pytest", *files, "-q", "-p", "no:cacheprovider", "--color=no", cwd=registered))


def test_its_page_says_what_every_providers_page_says(registered: Path) -> None:
    about_the_tree = "file_that_a_page_names or link_within_the_project"  # this tree is a part of the repository's
    docs = ("pytest", "tests/docs/test_docs.py", "-v", "-p", "no:cacheprovider", "--color=no")
    result = run(registered, *docs, "-k", f"not ({about_the_tree})", cwd=registered)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "[ACORN_KEY] PASSED" in result.stdout


@pytest.mark.parametrize("bug", BUGS)
def test_the_suite_fails_the_same_provider_if(tree: Path, bug: str) -> None:
    name, right, wrong, finder = BUGS[bug]
    path = tree / CORE / name
    path.write_text(replaced(path.read_text(encoding="utf-8"), right, wrong), encoding="utf-8")
    suite = [file for file in SUITE if finder in (ROOT / file).read_text(encoding="utf-8")]
    result = judge(tree, "-x", "-m", "not slow", "-k", finder, suite=suite, **FROM_OUTSIDE)
    # 1: a test failed. A provider that cannot even be imported would end otherwise, and prove nothing.
    assert result.returncode == 1, result.stdout + result.stderr
    assert re.search(r"^1 failed", result.stdout, re.MULTILINE), result.stdout


def test_the_example_is_linted_and_typed_as_the_rest(registered: Path) -> None:
    folders = [CORE, f"{SANDBOX}/acorn"]
    registers = ["core/lightning_cart/providers/__init__.py", f"{SANDBOX}/app.py"]
    config = str(ROOT / "pyproject.toml")
    for command in (
        ("ruff", "check", "--no-cache", "--config", config, *folders, *registers),
        ("ruff", "format", "--no-cache", "--check", "--config", config, *folders, *registers),
        ("mypy", "--config-file", config, *folders, *registers),
    ):
        result = run(registered, *command, cwd=registered)
        assert result.returncode == 0, result.stdout + result.stderr
