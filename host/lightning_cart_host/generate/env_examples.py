"""Renders `.env.example` and `.dev.vars.example` from what each part declares it needs; a test holds them to it.

`python -m lightning_cart_host.generate.env_examples` writes both into the working directory.
"""

import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path

from lightning_cart.settings import Setting
from lightning_cart.usecases.engine import all_settings
from lightning_cart_host.adapters.guarded_send import ALLOW_PRIVATE
from lightning_cart_host.server.env_file import DATABASE, DEFAULT_DATABASE

_WIDTH = 100
_DATABASE = Setting(
    DATABASE, "The SQLite file that keeps the orders.", DEFAULT_DATABASE, default=DEFAULT_DATABASE, secret=False
)
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


def _entry(need: Setting) -> Iterator[str]:
    yield ""
    several = " Several values, separated by commas, newest first, while you change it." if need.multiple else ""
    yield from _comment(need.purpose + several)
    may_be_left_out = bool(need.default) or need.optional
    yield f"{'# ' if may_be_left_out else ''}{need.name}={need.default or need.example}"


def _render(head: str, needs: Iterable[Setting]) -> str:
    lines = [*_comment(head)]
    for need in needs:
        lines += _entry(need)
    return "\n".join(lines) + "\n"


def render_examples() -> dict[str, str]:
    """Both files: their names, and what should stand in them."""
    return {
        ".env.example": _render(_ENV_HEAD, [*all_settings(), ALLOW_PRIVATE, _DATABASE]),
        ".dev.vars.example": _render(_DEV_VARS_HEAD, [*all_settings(), ALLOW_PRIVATE]),
    }


if __name__ == "__main__":
    for name, text in render_examples().items():
        Path(name).write_text(text, encoding="utf-8")
