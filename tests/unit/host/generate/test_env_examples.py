"""The example files: they contain exactly the declared settings."""

from pathlib import Path

import pytest

from lightning_cart.usecases.settings_catalogue import all_settings
from lightning_cart_host.generate.env_examples import render_examples
from lightning_cart_host.server.env_file import parse_env_file

ROOT = Path(__file__).parents[4]


@pytest.mark.parametrize("name", [".env.example", ".dev.vars.example"])
def test_the_file_in_the_repository_is_up_to_date(name: str) -> None:
    assert (ROOT / name).read_text(encoding="utf-8") == render_examples()[name]


@pytest.mark.parametrize("name", [".env.example", ".dev.vars.example"])
def test_what_must_be_set_is_a_line_to_fill_in(name: str) -> None:
    required = {need.name: need.example for need in all_settings() if not need.default and not need.optional}
    assert parse_env_file(render_examples()[name]) == required


@pytest.mark.parametrize("name", [".env.example", ".dev.vars.example"])
def test_what_is_optional_is_shown_in_a_comment(name: str) -> None:
    assert "\n# PAYPAL_TRUST_ANCHORS=" in render_examples()[name]


@pytest.mark.parametrize("name", [".env.example", ".dev.vars.example"])
def test_what_has_a_default_is_shown_in_a_comment(name: str) -> None:
    for need in all_settings():
        if need.default:
            assert f"\n# {need.name}={need.default}\n" in render_examples()[name]


def test_each_setting_stands_there_once() -> None:
    names = [need.name for need in all_settings()]
    assert len(names) == len(set(names))


def test_only_a_host_is_told_of_the_database() -> None:
    assert "DATABASE" in render_examples()[".env.example"]
    assert "DATABASE" not in render_examples()[".dev.vars.example"]
