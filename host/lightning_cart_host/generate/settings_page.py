"""Renders `docs/settings.md` from the declared settings.

`python -m lightning_cart_host.generate.settings_page` writes it into the folder `docs` of the working directory.
"""

import re
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from lightning_cart.errors import InvalidSettings
from lightning_cart.providers import STRATEGIES
from lightning_cart.setting_values import PLACEHOLDER
from lightning_cart.settings import Setting, read_settings
from lightning_cart.usecases.settings_catalogue import ADMIN_TOKEN, ENGINE_SETTINGS, FULFILMENT_SETTINGS
from lightning_cart_host.generate.env_examples import HOST_ONLY
from lightning_cart_host.server.settings_catalogue import ALLOW_PRIVATE

PAGE = Path("docs", "settings.md")
_HEAD = f"""\
# Settings

Every setting of the engine, and what is refused. Products and sites are not settings: they are in `config/products.toml` and
`config/sites.toml`, and both files explain their keys.

On a host, settings come from the environment, and from the file `.env` in the folder where the command is started. What the
environment says wins. `.env.example` is a copy of this page to fill in. A Worker has its secrets from
`npx wrangler secret put NAME`, and the rest from `[vars]` in `wrangler.toml`; `wrangler dev` reads `.dev.vars`.

- A blank value counts as not set.
- A value that still has the `{PLACEHOLDER}` of an example is refused everywhere, because everybody knows it.
- A setting of **several values** takes them separated by commas, the newest first. All of them are valid. So a
  secret is changed without a gap: add the new one, wait, and take out the old one.
- A **secret** belongs in a secret store, or in a `.env` that only the engine can read. No log, error or response shows it.

`lightning-cart doctor` checks all of them, and each provider's keys at the provider. [Troubleshooting](troubleshooting.md) says
what to do about the commonest mistakes.
"""
_WIDTH = 120
_CODE = re.compile(r"(?P<before>Make it with: )(?P<code>.+)(?=\.$)|(?P<name>\b[A-Za-z]+_[\w…]+(?:/webhook/\w+)?)")
_PROVIDERS = {"stripe": "Stripe", "paypal": "PayPal", "square": "Square"}
# Wrong in one way each: what a setting says to one of them is a rule that it has.
_WRONG_VALUES = (
    "x",
    "x x",
    "x\u200b" * 40,
    "a" * 64,
    "shop.example",
    "http://shop.example",
    "https://shop.example/",
    "https://shop.example/?page=1",
)


class _Group(NamedTuple):
    """Settings under one heading.

    Args:
        title: The heading.
        about: When they are needed.
        settings: In the order of the page.
    """

    title: str
    about: str
    settings: Sequence[Setting]


def _provider_groups() -> Iterator[_Group]:
    for provider in dict.fromkeys(strategy.provider_name() for strategy in STRATEGIES):
        own = [strategy for strategy in STRATEGIES if strategy.provider_name() == provider]
        settings = {setting.name: setting for strategy in own for setting in strategy.settings}
        names = " or ".join(f"`{strategy.name}`" for strategy in own)
        title = _PROVIDERS[provider]
        about = f"Needed if a site offers {names}. [{title}'s page](providers/{provider}.md) says where its dashboard has them."
        yield _Group(title, about, list(settings.values()))


def _groups() -> Iterator[_Group]:
    yield _Group("Engine", "Read by every engine.", [*ENGINE_SETTINGS, ADMIN_TOKEN])
    yield from _provider_groups()
    about = "Needed if a site of `sites.toml` names a `fulfilment_url`: see [Receive orders](fulfilment.md)."
    yield _Group("Fulfilment", about, [*FULFILMENT_SETTINGS, ALLOW_PRIVATE])
    yield _Group(
        "Host", "Read by `lightning-cart` and an engine that is mounted in an application, not by a Worker.", HOST_ONLY
    )


def _wrong_values(setting: Setting) -> Iterator[str]:
    """Yield values that a setting may refuse: those of every setting, and the beginning of its example."""
    yield from _WRONG_VALUES
    beginning, _, rest = setting.example.partition(PLACEHOLDER)
    if beginning and rest != setting.example:
        yield beginning
        yield f"{beginning}x"


def _refusals(setting: Setting) -> list[str]:
    """Return what a setting says to wrong values, each sentence once."""
    found: dict[str, None] = {}
    for value in _wrong_values(setting):
        try:
            read_settings({setting.name: value}, [setting])
        except InvalidSettings as error:
            found[str(error).removeprefix(f"{setting.name} ")] = None
    return list(found)


def _facts(setting: Setting) -> str:
    need = f"Default: `{setting.default}`" if setting.default else "Optional" if setting.optional else "**Required**"
    facts = [need, "secret" if setting.secret else "not secret"]
    if setting.multiple:
        facts.append("several values")
    return f"{', '.join(facts)}; read by {'the host' if setting in HOST_ONLY else 'host and Worker'}."


def _wrap(text: str, indent: str = "") -> str:
    return textwrap.fill(text, _WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def _entry(setting: Setting) -> Iterator[str]:
    yield f"\n### `{setting.name}`\n"
    yield _wrap(_CODE.sub(lambda found: f"{found['before'] or ''}`{found['code'] or found['name']}`", setting.purpose))
    yield f"\n- {_facts(setting)}\n- Example: `{setting.example}`"
    if refusals := _refusals(setting):
        yield _wrap(f"- Refused with: {', '.join(f'“{sentence}”' for sentence in refusals)}.", "  ")


def settings_page() -> str:
    """Return the page in Markdown."""
    lines = [_HEAD.rstrip()]
    for group in _groups():
        lines.append(f"\n## {group.title}\n\n{_wrap(group.about)}")
        for setting in group.settings:
            lines += _entry(setting)
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(settings_page(), encoding="utf-8")
