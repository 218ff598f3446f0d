"""Mistakes around `.env`: a file that is not read, names that are misspelt or set twice, and who can read it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from lightning_cart.providers import STRATEGIES
from lightning_cart_host.server.env_check import EnvFinding, check_env, setting_names, warn_of_env
from lightning_cart_host.server.env_file import read_env_file
from support.app import ENV, Shop

KNOWN = setting_names(STRATEGIES)


def look(
    folder: Path,
    text: str | None = None,
    missing: Sequence[str] = (),
    environ: Mapping[str, str] | None = None,
    mode: int = 0o600,
) -> list[EnvFinding]:
    if text is not None:
        (folder / ".env").write_text(text)
        (folder / ".env").chmod(mode)
    return check_env(read_env_file(folder), folder, environ or {}, KNOWN, missing)


def test_a_complete_file_is_right(tmp_path: Path) -> None:
    assert look(tmp_path, "RECEIPT_SECRET=x\nHOME_PAGE=mine\n") == [EnvFinding("ok", "2 settings")]


def test_no_file_is_right_if_nothing_is_missing(tmp_path: Path) -> None:
    assert look(tmp_path) == []


def test_no_file_is_told_with_what_is_missing(tmp_path: Path) -> None:
    (finding,) = look(tmp_path, missing=["STRIPE_SECRET_KEY"])
    assert finding[:2] == ("fail", "there is no .env in this folder, and STRIPE_SECRET_KEY is not set")
    assert finding.advice.startswith("write .env here")


def test_many_missing_settings_are_counted(tmp_path: Path) -> None:
    (finding,) = look(tmp_path, missing=[f"A_{number}" for number in range(7)])
    assert finding.detail.endswith("A_0, A_1, A_2, A_3, A_4 and 2 more are not set")


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("../.env", "start in its folder, or copy it: cp ../.env .env"),
        ("config/.env", "move it here: mv config/.env .env"),
        (".dev.vars", "only wrangler reads it; copy it: cp .dev.vars .env"),
        (".env.example", "copy it, and fill in the copy: cp .env.example .env"),
        (".env.txt", "rename it: mv .env.txt .env"),
        ("env", "rename it: mv env .env"),
    ],
)
def test_a_file_that_is_not_read_is_named_with_what_to_do(tmp_path: Path, name: str, advice: str) -> None:
    folder = tmp_path / "shop"
    (folder / "config").mkdir(parents=True)
    (folder / name).write_text("")
    (finding,) = look(folder, missing=["STRIPE_SECRET_KEY"])
    assert (finding.detail.endswith(f"; {name} is not read"), finding.advice) == (True, advice)


def test_a_virtual_environment_is_no_file_of_settings(tmp_path: Path) -> None:
    (tmp_path / "env").mkdir()
    (finding,) = look(tmp_path, missing=["STRIPE_SECRET_KEY"])
    assert "is not read" not in finding.detail


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("STRIPE_SECRET_KY", "STRIPE_SECRET_KEY"),
        ("stripe_secret_key", "STRIPE_SECRET_KEY"),
        ("STRIPE_API_KEY", "STRIPE_SECRET_KEY"),
        ("PAYPAL_CLIENTID", "PAYPAL_CLIENT_ID"),
        ("PAYPAL_SECRET", "PAYPAL_CLIENT_SECRET"),
        ("FULFILLMENT_SECRET", "FULFILMENT_SECRET"),
        ("PUBLIC_URI", "PUBLIC_URL"),
        ("DATABSE", "DATABASE"),
    ],
)
def test_a_misspelt_name_is_told_with_its_line_and_the_setting(tmp_path: Path, name: str, meant: str) -> None:
    finding = look(tmp_path, f"# mine\n\n{name}=s3cret\n")[-1]
    detail = f"{name} in .env line 3 is not a setting: did you mean {meant}?"
    assert finding == EnvFinding("fail", detail, f"write {meant}= in line 3")


def test_a_misspelt_name_beside_the_right_one_is_a_warning(tmp_path: Path) -> None:
    finding = look(tmp_path, "STRIPE_SECRET_KEYS=x\nSTRIPE_SECRET_KEY=x\n")[-1]
    assert (finding.level, "did you mean STRIPE_SECRET_KEY?" in finding.detail) == ("warn", True)
    assert finding.advice == "STRIPE_SECRET_KEY is set, too: remove line 1"


def test_a_name_that_begins_as_a_setting_does_and_is_none_is_a_warning(tmp_path: Path) -> None:
    finding = look(tmp_path, "STRIPE_FAVOURITE_COLOUR=x\n")[-1]
    assert finding[:2] == ("warn", "STRIPE_FAVOURITE_COLOUR in .env line 1 is not a setting")


def test_a_misspelt_name_of_the_environment_is_told(tmp_path: Path) -> None:
    (finding,) = look(tmp_path, environ={"STRIPE_SECRET_KY": "s3cret", "STRIPE_CLI_THEME": "x", "PATHH": "x"})
    detail = "STRIPE_SECRET_KY in the environment is not a setting: did you mean STRIPE_SECRET_KEY?"
    assert finding == EnvFinding("fail", detail, "set STRIPE_SECRET_KEY instead")


def test_a_name_of_the_environment_beside_the_right_one_is_somebody_elses(tmp_path: Path) -> None:
    assert look(tmp_path, environ={"STRIPE_API_KEY": "x", "STRIPE_SECRET_KEY": "x"}) == []


def test_a_setting_that_is_set_twice_is_told_with_its_lines(tmp_path: Path) -> None:
    finding = look(tmp_path, "DATABASE=a\nDATABASE=b\n\nDATABASE=c\n")[-1]
    assert finding == EnvFinding("warn", "DATABASE is set in lines 1, 2 and 4: the last one counts", "remove the others")


def test_a_file_without_effect_is_told(tmp_path: Path) -> None:
    (finding,) = look(tmp_path, "DATABASE=a\n", environ={"DATABASE": "b", "HOME": "/"})
    assert finding[:2] == ("warn", ".env has no effect: the environment sets every name in it")


def test_what_the_environment_overrides_is_named(tmp_path: Path) -> None:
    (finding,) = look(tmp_path, "DATABASE=a\nPUBLIC_URL=b\n", environ={"DATABASE": "b"})
    assert finding == EnvFinding("ok", "2 settings; the environment's value is used for DATABASE")


def test_a_file_that_every_user_can_read_is_a_warning(tmp_path: Path) -> None:
    finding = look(tmp_path, "DATABASE=a\n", mode=0o644)[-1]
    assert finding == EnvFinding("warn", "every user of this machine can read .env", "chmod 600 .env")


def test_a_running_engine_logs_what_is_wrong_without_a_value(tmp_path: Path, logbook: Any) -> None:
    (tmp_path / ".env").write_text("STRIPE_SECRET_KY=s3cret\nDATABASE=orders.db\n")
    (tmp_path / ".env").chmod(0o600)
    warn_of_env(logbook.log, Shop().app.engine, tmp_path, {})
    (line,) = logbook.lines
    assert (line["event"], line["level"], line["advice"]) == ("settings_file", "warning", "write STRIPE_SECRET_KEY= in line 1")
    assert "s3cret" not in logbook.text


def test_a_running_engine_names_the_file_that_is_missing_with_what_is_not_set(tmp_path: Path, logbook: Any) -> None:
    env = {name: value for name, value in ENV.items() if name != "RECEIPT_SECRET"}
    warn_of_env(logbook.log, Shop(env).app.engine, tmp_path, {})
    (line,) = logbook.lines
    assert line["detail"] == "there is no .env in this folder, and RECEIPT_SECRET is not set"
