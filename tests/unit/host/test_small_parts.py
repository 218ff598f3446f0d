"""Ids, resources, settings and forms: the small parts that the host is made of."""

import re
import time
from pathlib import Path

import pytest

from lightning_cart.errors import ConfigurationError
from lightning_cart_host import resources
from lightning_cart_host.adapters.ids import new_id
from lightning_cart_host.resources import find_resource
from lightning_cart_host.server.env_file import parse_env_file, read_env
from lightning_cart_host.shop_client.html_forms import read_forms


def test_an_id_has_26_characters_of_crockfords_base_32() -> None:
    assert re.fullmatch("[0-9A-HJKMNP-TV-Z]{26}", new_id())


def test_ids_differ() -> None:
    assert len({new_id() for _ in range(1000)}) == 1000


def test_ids_sort_by_time() -> None:
    first = new_id()
    time.sleep(0.002)
    assert first < new_id()


def test_an_id_tells_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    # The example of the ULID specification: 01ARYZ6S41 is 1469918176385 ms.
    monkeypatch.setattr(time, "time_ns", lambda: 1_469_918_176_385_000_000)
    assert new_id().startswith("01ARYZ6S41")


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("config", "products.toml"),
        ("migrations", "0001_orders.sql"),
        ("templates/test-checkout", "index.html"),
    ],
)
def test_a_checkout_has_its_resources(name: str, file: str) -> None:
    assert (find_resource(name) / file).is_file()


def test_an_installed_wheel_has_its_own_resources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data" / "config").mkdir(parents=True)
    monkeypatch.setattr(resources, "_ROOTS", (tmp_path / "data", Path("/nowhere")))
    assert find_resource("config") == tmp_path / "data" / "config"


def test_a_broken_installation_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "_ROOTS", ())
    with pytest.raises(ConfigurationError, match="the folder config is missing"):
        find_resource("config")


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("NAME=value", "value"),
        ("  export NAME = value  ", "value"),
        ('NAME="a # b"', "a # b"),
        ("NAME='a b'  # comment", "a b"),
        ("NAME=value # comment", "value"),
        ("NAME=a,b=c", "a,b=c"),
        ("NAME=", ""),
        ('NAME=""', ""),
        ("NAME= # comment", ""),
        ("NAME=sk_test_…", "sk_test_…"),
    ],
    ids=["plain", "export", "double", "single", "comment", "equals", "empty", "quoted empty", "only comment", "example"],
)
def test_a_line_of_env_is_read(line: str, value: str) -> None:
    assert parse_env_file(f"# a comment\n\n{line}\n") == {"NAME": value}


@pytest.mark.parametrize("line", ["nonsense", "1NAME=x", '"NAME"=x', 'NAME="open', "=x", "NAME: x"])
def test_a_line_that_is_none_is_named_without_what_it_holds(line: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        parse_env_file(f"A=1\n{line}\n")
    assert str(raised.value) == ".env: line 2 is not NAME=value"


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("A=file\nB=file\n")
    assert read_env({"A": "environment"}, tmp_path) == {"A": "environment", "B": "file"}


def test_without_a_file_the_environment_is_all(tmp_path: Path) -> None:
    assert read_env({"A": "1"}, tmp_path) == {"A": "1"}


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError, match=r"\.env cannot be read"):
        read_env({}, tmp_path)


def test_a_form_is_read_as_a_browser_without_scripts_reads_it() -> None:
    (form,) = read_forms(
        '<p><input name="outside"></p><form action="/pay?x=1&amp;y=2" method="post"><input name="a" value="1 &lt; 2">'
        '<input name=b><input type=submit name=go value=yes><button name="action" value="pay">Pay</button>'
        "<button>plain</button></form><input name=after>"
    )
    assert (form.action, form.method, form.fields) == ("/pay?x=1&y=2", "POST", {"a": "1 < 2", "b": ""})
    assert form.buttons == [("go", "yes"), ("action", "pay")]


def test_a_form_without_attributes_is_a_get_to_the_page_itself() -> None:
    (form,) = read_forms("<form></form>")
    assert (form.action, form.method) == ("", "GET")
