"""Renders `docs/settings.md` from the declared settings.

`python -m lightning_cart_host.generate.settings_page` writes it into the folder `docs` of the working directory.
"""

import re
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from lightning_cart.providers import STRATEGIES
from lightning_cart.setting_values import PLACEHOLDER
from lightning_cart.settings import Setting
from lightning_cart.usecases.settings_catalogue import ADMIN_TOKEN, ENGINE_SETTINGS, FULFILMENT_SETTINGS
from lightning_cart_host.generate.env_examples import HOST_ONLY
from lightning_cart_host.server.settings_catalogue import ALLOW_PRIVATE

PAGE = Path("docs", "settings.md")
_HEAD = f"""\
# Settings

Every setting of the engine, and which values it takes. Products and sites are not settings: they are in
`config/`, as [the catalogue](catalogue.md) says.

On a host, settings come from the environment, and from the file `.env` in the folder where the command is started. What the
environment says wins. `.env.example` is a copy of this page to fill in. A Worker has its secrets from
`npx wrangler secret put NAME`, and the rest from `[vars]` in `wrangler.toml`; `wrangler dev` reads `.dev.vars`.

- `.env` has one `NAME=value` on each line, in UTF-8. A value with a space and `#` in it, or one that begins with `#`, needs
  quotation marks. `serve` and `doctor` name a line that is none, a name that is misspelt and one that is set twice.
- A blank value counts as not set.
- Some values are refused everywhere: those that still have the `{PLACEHOLDER}` of an example or are another fill-in, those of a
  documentation, which everybody knows, and those with a character that cannot be seen or with quotation marks around them. A
  key or secret is refused if it has a space, or repeats a few characters.
- A setting of **several values** takes them separated by commas, the newest first, and each of them works. So a secret is
  changed without a gap: add the new one, wait, and take out the old one. If one of them is refused, none is used, and the
  error says which one it is.
- A **secret** belongs in a secret store, or in a `.env` that only the engine can read. No log, error or response shows it.

`lightning-cart doctor` checks all of them, and each provider's keys at the provider. [Troubleshooting](troubleshooting.md) says
what to do about the commonest mistakes.
"""
_WIDTH = 120
_CODE = re.compile(r"(?P<before>Make it with: )(?P<code>.+)(?=\.$)|(?P<name>\b[A-Za-z]+_[\w…]+(?:/webhook/\w+)?)")
_PROVIDERS = {"stripe": "Stripe", "paypal": "PayPal", "square": "Square"}
# Wrong in one way each: what a setting says to one of them is a rule that it has.
_WRONG_VALUES = ("x", "shop.example", "http://shop.example", "https://shop.example/", "https://shop.example/?page=1")


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
    about = "Read by every engine. On a loopback address `lightning-cart serve` needs no `PUBLIC_URL`: it is its own."
    yield _Group("Engine", about, [*ENGINE_SETTINGS, ADMIN_TOKEN])
    yield from _provider_groups()
    about = "Needed if a site of `sites.toml` names a `fulfilment_url`: see [Receive orders](fulfilment.md)."
    yield _Group("Fulfilment", about, [*FULFILMENT_SETTINGS, ALLOW_PRIVATE])
    yield _Group(
        "Host", "Read by `lightning-cart` and an engine that is mounted in an application, not by a Worker.", HOST_ONLY
    )


def _listed(names: Sequence[str]) -> str:
    *most, last = (f"`{name}`" for name in names)
    return f"{', '.join(most)} or {last}" if most else last


def _shape(setting: Setting) -> str:
    """Return how a value looks, as a sentence, or "" if nothing is known."""
    begins = f"begins with {_listed(setting.prefixes)}" if setting.prefixes else ""
    length = f"has at least {setting.min_length} characters" if setting.min_length else ""
    if begins and length:
        return f"Its value {begins}, and {length} after that."
    return f"Its value {begins or length}." if begins or length else ""


def _rules(setting: Setting) -> str:
    """Return the setting's own rules, as it tells them, or ""."""
    reasons = dict.fromkeys(reason for value in _WRONG_VALUES if (reason := setting.validate(value)))
    return f"Its value {'. It '.join(reasons)}." if reasons else ""


def _mistaken(setting: Setting) -> Iterator[str]:
    """Yield what is often entered instead, each sentence once."""
    prefixes: dict[str, list[str]] = {}
    for prefix, what_it_is in setting.mistaken:
        prefixes.setdefault(what_it_is, []).append(f"{prefix}{PLACEHOLDER}")
    for what_it_is, names in prefixes.items():
        yield f"{_listed(names)} {what_it_is}."


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
    for sentence in (_shape(setting), _rules(setting), *_mistaken(setting)):
        if sentence:
            yield _wrap(f"- {sentence}", "  ")


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
