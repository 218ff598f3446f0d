"""Resources: files of the repository, or of an installed wheel."""

from pathlib import Path

import pytest

from lightning_cart.errors import ConfigurationError
from lightning_cart_host import resources
from lightning_cart_host.resources import find_resource


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
