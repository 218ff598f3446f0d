"""Looks for mistakes around `.env` and the names of settings: a file that is not read, a name that is misspelt or set twice."""

import os
import stat
from collections.abc import Collection, Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Literal, NamedTuple

from lightning_cart.providers.strategy import PaymentStrategy
from lightning_cart.setting_values import NOT_SET
from lightning_cart.usecases.engine import Engine
from lightning_cart.usecases.settings_catalogue import ADMIN_TOKEN, ENGINE_SETTINGS, FULFILMENT_SETTINGS
from lightning_cart_host.output import plural
from lightning_cart_host.server.env_file import ENV_FILE, EnvFile, read_env_file
from lightning_cart_host.server.log import Log
from lightning_cart_host.server.settings_catalogue import HOST_SETTINGS

_SIMILAR = 0.85  # of 1: one or two letters of a usual name
_MAX_LISTED = 5
# Files that look as if they were read, and how their settings get into `.env`.
_UNUSED = {
    "../.env": "start in its folder, or copy it: cp ../.env .env",
    "config/.env": "move it here: mv config/.env .env",
    ".dev.vars": "only wrangler reads it; copy it: cp .dev.vars .env",
    ".env.example": "copy it, and fill in the copy: cp .env.example .env",
    ".env.txt": "rename it: mv .env.txt .env",
    ".env.local": "rename it: mv .env.local .env",
    "env.txt": "rename it: mv env.txt .env",
    "env": "rename it: mv env .env",
}
# What other programs call the same setting.
_OTHER_NAMES = {
    "STRIPE_API_KEY": "STRIPE_SECRET_KEY",
    "STRIPE_KEY": "STRIPE_SECRET_KEY",
    "STRIPE_SIGNING_SECRET": "STRIPE_WEBHOOK_SECRET",
    "STRIPE_ENDPOINT_SECRET": "STRIPE_WEBHOOK_SECRET",
    "PAYPAL_SECRET": "PAYPAL_CLIENT_SECRET",
    "PAYPAL_BASE_URL": "PAYPAL_API_BASE",
    "SQUARE_TOKEN": "SQUARE_ACCESS_TOKEN",
    "SQUARE_SIGNATURE_KEY": "SQUARE_WEBHOOK_SIGNATURE_KEY",
    "SQUARE_WEBHOOK_KEY": "SQUARE_WEBHOOK_SIGNATURE_KEY",
    "SQUARE_NOTIFICATION_URL": "SQUARE_WEBHOOK_URL",
}


class EnvFinding(NamedTuple):
    """Something that was found about `.env` or a name in it.

    Args:
        level: Whether it is right, should be looked at, or has to be corrected.
        detail: What was found, without a value.
        advice: What to do.
    """

    level: Literal["ok", "warn", "fail"]
    detail: str
    advice: str = ""


def setting_names(strategies: Sequence[type[PaymentStrategy]]) -> frozenset[str]:
    """Return the name of every setting that the engine, this host and some strategies have."""
    own = (*ENGINE_SETTINGS, ADMIN_TOKEN, *FULFILMENT_SETTINGS, *HOST_SETTINGS)
    return frozenset(setting.name for setting in own) | {one.name for strategy in strategies for one in strategy.settings}


def _meant(name: str, known: Collection[str]) -> str:
    """Return the setting that a name was probably meant to be, or ""."""
    upper = name.upper()
    if upper in known or _OTHER_NAMES.get(upper) in known:
        return upper if upper in known else _OTHER_NAMES[upper]
    return next(iter(get_close_matches(upper, sorted(known), 1, _SIMILAR)), "")


def _misspelt(found: EnvFile | None, environ: Mapping[str, str], known: Collection[str]) -> Iterator[EnvFinding]:
    """Yield each name that is no setting but close to one, and names in `.env` that begin as settings do."""
    prefixes = tuple({f"{name.partition('_')[0]}_" for name in known if "_" in name})
    in_file = found.lines if found else {}
    for name, lines in in_file.items():
        if name in known:
            continue
        meant = _meant(name, known)
        if not meant and not name.upper().startswith(prefixes):
            continue
        detail = f"{name} in {ENV_FILE} line {lines[0]} is not a setting"
        if not meant:
            yield EnvFinding("warn", detail, "remove the line, or correct its name: docs/settings.md lists every setting")
            continue
        detail = f"{detail}: did you mean {meant}?"
        if meant in in_file or meant in environ:
            yield EnvFinding("warn", detail, f"{meant} is set, too: remove line {lines[0]}")
        else:
            yield EnvFinding("fail", detail, f"write {meant}= in line {lines[0]}")
    for name in sorted(environ.keys() - in_file.keys() - set(known)):
        meant = _meant(name, known) if name.upper().startswith(prefixes) else ""
        if meant and meant not in environ and meant not in in_file:
            yield EnvFinding(
                "fail", f"{name} in the environment is not a setting: did you mean {meant}?", f"set {meant} instead"
            )


def _absent(folder: Path, missing: Sequence[str]) -> EnvFinding:
    """Return the finding about settings that are missing where there is no `.env`."""
    names = ", ".join(missing[:_MAX_LISTED]) + (f" and {len(missing) - _MAX_LISTED} more" if len(missing) > _MAX_LISTED else "")
    detail = f"there is no {ENV_FILE} in this folder, and {names} {'is' if len(missing) == 1 else 'are'} not set"
    unused = [name for name in _UNUSED if (folder / name).is_file()]
    if not unused:
        return EnvFinding(
            "fail", detail, f"write {ENV_FILE} here: docs/settings.md lists every setting; or start in its folder"
        )
    verb = "is" if len(unused) == 1 else "are"
    return EnvFinding("fail", f"{detail}; {' and '.join(unused)} {verb} not read", _UNUSED[unused[0]])


def _present(found: EnvFile, environ: Mapping[str, str]) -> Iterator[EnvFinding]:
    overridden = sorted(found.values.keys() & environ.keys())
    if found.values and len(overridden) == len(found.values):
        detail = f"{ENV_FILE} has no effect: the environment sets every name in it"
        yield EnvFinding("warn", detail, f"unset the environment's variables, or remove {ENV_FILE}")
    else:
        instead = f"; the environment's value is used for {', '.join(overridden)}" if overridden else ""
        yield EnvFinding("ok", f"{len(found.values)} {plural('setting', len(found.values))}{instead}")
    for name, lines in found.lines.items():
        if len(lines) > 1:
            numbers = f"{', '.join(map(str, lines[:-1]))} and {lines[-1]}"
            yield EnvFinding("warn", f"{name} is set in lines {numbers}: the last one counts", "remove the others")
    if os.name == "posix" and found.path.stat().st_mode & stat.S_IROTH:
        yield EnvFinding("warn", f"every user of this machine can read {ENV_FILE}", f"chmod 600 {ENV_FILE}")


def check_env(
    found: EnvFile | None, folder: Path, environ: Mapping[str, str], known: Collection[str], missing: Sequence[str]
) -> list[EnvFinding]:
    """Return what is to be said about `.env` and the names of settings.

    Args:
        found: The folder's `.env`, or None if there is none.
        folder: The working directory.
        environ: The environment.
        known: The names of all settings.
        missing: The required settings that are not set.
    """
    findings = list(_present(found, environ)) if found else [_absent(folder, missing)] if missing else []
    return [*findings, *_misspelt(found, environ, known)]


def warn_of_env(log: Log, engine: Engine, folder: Path, environ: Mapping[str, str]) -> None:
    """Log what `check_env` finds wrong for a running engine.

    Args:
        log: The log.
        engine: The engine, which knows its strategies and what is missing.
        folder: The working directory.
        environ: The environment.

    Raises:
        ConfigurationError: `.env` exists and cannot be read.
    """
    found = read_env_file(folder)
    known = setting_names(tuple(engine.strategies.values()))
    unset = [problem.name for problem in engine.problems() if problem.reason == NOT_SET]
    for finding in check_env(found, folder, environ, known, unset):
        if finding.level != "ok":
            log("settings_file", level="warning", detail=finding.detail, advice=finding.advice)
