"""The systemd units: what they say everywhere, and where systemd is, that it takes them and finds little exposed."""

import configparser
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from lightning_cart_host.server.serve_commands import REQUEST_GRACE_SECONDS
from support import ROOT
from support.documents import check_command

UNITS = sorted(path for path in (ROOT / "deploy").iterdir() if path.suffix in {".service", ".timer"})
INSTALLED = "/opt/lightning-cart/bin/lightning-cart"
ENGINE = ROOT / "deploy" / "lightning-cart.service"
BACKUP = ROOT / "deploy" / "lightning-cart-backup.service"
TIMER = ROOT / "deploy" / "lightning-cart-backup.timer"
MAX_EXPOSURE = 2.0  # of 10, as `systemd-analyze security` counts


def read(unit: Path) -> configparser.ConfigParser:
    found = configparser.ConfigParser(strict=False, interpolation=None, delimiters=("=",))
    found.optionxform = str  # type: ignore[assignment,method-assign] # names of settings keep their capitals
    found.read_string(unit.read_text(encoding="utf-8"))
    return found


def service(unit: Path) -> configparser.SectionProxy:
    return read(unit)["Service"]


def test_the_engine_takes_the_options_of_its_unit(tmp_path: Path) -> None:
    check_command(service(ENGINE)["ExecStart"].removeprefix(INSTALLED.removesuffix("lightning-cart")), tmp_path)


def test_the_backup_is_written_below_the_state_directory(tmp_path: Path) -> None:
    *_, script = shlex.split(service(BACKUP)["ExecStart"])
    command = re.sub(r"\$\(.*\)", "now", script.removeprefix("exec ").replace(INSTALLED, "lightning-cart"))
    check_command(command, tmp_path)
    assert shlex.split(command)[-1].startswith("/var/lib/lightning-cart/backups/")
    assert service(BACKUP)["StateDirectory"] == service(ENGINE)["StateDirectory"] == "lightning-cart lightning-cart/backups"


def test_the_timer_starts_the_backup() -> None:
    assert TIMER.with_suffix(".service") == BACKUP
    assert read(TIMER)["Timer"]["Persistent"] == "true"


def test_the_engine_may_answer_what_is_under_way_before_it_is_killed() -> None:
    assert int(service(ENGINE)["TimeoutStopSec"]) > REQUEST_GRACE_SECONDS + 35
    assert service(ENGINE)["KillSignal"] == "SIGTERM"


def test_an_engine_that_dies_is_started_again_unless_something_has_to_be_corrected() -> None:
    assert (service(ENGINE)["Restart"], service(ENGINE)["RestartPreventExitStatus"]) == ("on-failure", "2")


@pytest.mark.parametrize("unit", [ENGINE, BACKUP], ids=lambda unit: unit.name)
def test_a_service_writes_only_its_own_state(unit: Path) -> None:
    found = service(unit)
    assert (found["ProtectSystem"], found["NoNewPrivileges"], found["CapabilityBoundingSet"]) == ("strict", "yes", "")
    assert (found["User"], found["UMask"], found["StateDirectoryMode"]) == ("lightning-cart", "0077", "0700")


if shutil.which("systemd-analyze"):

    def analyze(*arguments: str) -> str:
        """Run systemd-analyze, and return its output."""
        done = subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def test_systemd_takes_the_units(tmp_path: Path) -> None:
        for unit in UNITS:  # with a program and a user that are there
            text = unit.read_text(encoding="utf-8").replace(INSTALLED, "/bin/true")
            (tmp_path / unit.name).write_text(re.sub("=lightning-cart$", "=root", text, flags=re.MULTILINE), encoding="utf-8")
        said = analyze("verify", "--man=no", *(str(tmp_path / unit.name) for unit in UNITS))
        assert [line for line in said.splitlines() if "lightning-cart" in line] == []

    @pytest.mark.parametrize("unit", [ENGINE, BACKUP], ids=lambda unit: unit.name)
    def test_systemd_finds_little_exposed(unit: Path) -> None:
        exposure = re.search(r"exposure level for \S+: ([\d.]+)", analyze("security", "--offline=yes", "--no-pager", str(unit)))
        assert exposure
        assert float(exposure[1]) <= MAX_EXPOSURE
