"""Renders `.env.example` and `.dev.vars.example` from the declared settings.

`python -m lightning_cart_host.generate.env_examples` writes both into the working directory.
"""

import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path

from lightning_cart.settings import Setting
from lightning_cart.usecases.settings_catalogue import all_settings
from lightning_cart_host.server.settings_catalogue import ALLOW_PRIVATE, HOST_SETTINGS

HOST_ONLY = tuple(setting for setting in HOST_SETTINGS if setting is not ALLOW_PRIVATE)  # a Worker does not read them
_WIDTH = 100
_ENV_HEAD = """
Settings of lightning-cart on a host. Copy this file to .env and fill it in; what the environment says wins over it.
Never commit .env. `lightning-cart doctor` checks every value.
"""
_DEV_VARS_HEAD = """
Settings of the Worker under `wrangler dev`. Copy this file to .dev.vars and fill it in. Never commit .dev.vars.
A deployed Worker has the secret ones from `npx wrangler secret put NAME`.
"""


def _comment(text: str) -> Iterator[str]:
    for paragraph in text.strip().splitlines():
        yield from textwrap.wrap(paragraph, _WIDTH, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False)


def _entry(setting: Setting) -> Iterator[str]:
    yield ""
    several = " Several values, separated by commas, newest first, while you change it." if setting.multiple else ""
    yield from _comment(setting.purpose + several)
    is_optional = bool(setting.default) or setting.optional
    yield f"{'# ' if is_optional else ''}{setting.name}={setting.default or setting.example}"


def _render(head: str, settings: Iterable[Setting]) -> str:
    lines = [*_comment(head)]
    for setting in settings:
        lines += _entry(setting)
    return "\n".join(lines) + "\n"


def render_examples() -> dict[str, str]:
    """Return the content of both files, by name."""
    return {
        ".env.example": _render(_ENV_HEAD, [*all_settings(), *HOST_SETTINGS]),
        ".dev.vars.example": _render(_DEV_VARS_HEAD, [*all_settings(), ALLOW_PRIVATE]),
    }


if __name__ == "__main__":
    for name, text in render_examples().items():
        Path(name).write_text(text, encoding="utf-8")
