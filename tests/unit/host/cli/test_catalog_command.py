"""`catalog check`: what people read, what scripts read, and the exit code."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

type Cli = Callable[..., tuple[int, str, str]]

PRODUCTS = '[products.mug]\nname = "Mug"\nprices = { USD = "10.00" }\ninterval = "month"\n'
SITES = (
    '[sites.shop]\nname = "Shop"\nsuccess_page = "/success.html"\ncancel_page = "/cancel.html"\n'
    'default_strategy = "stripe_checkout"\nstrategies = ["paypal"]\n'
)
WARNING = "products.toml:4: products.mug.interval: paypal cannot charge a recurring price"


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str], None]:
    """Write the catalogue of the working directory."""
    (tmp_path / "config").mkdir()

    def write_files(products: str = PRODUCTS, sites: str = SITES) -> None:
        (tmp_path / "config" / "products.toml").write_text(products, encoding="utf-8")
        (tmp_path / "config" / "sites.toml").write_text(sites, encoding="utf-8")

    return write_files


def test_all_that_a_catalogue_has_is_counted(lightning_cart: Cli, write: Callable[..., None], tmp_path: Path) -> None:
    variant = '[[products.mug.variants]]\nid = "l"\noptions = { size = "L" }\n'
    write(PRODUCTS.replace('interval = "month"\n', "weight = 1\n") + variant)
    zones = '[zones.world]\ncountries = ["*"]\n'
    post = '[methods.post]\nname = "Post"\nzones = ["world"]\nprices = { USD = "1.00" }\n'
    (tmp_path / "config" / "shipping.toml").write_text(zones + post, encoding="utf-8")
    (tmp_path / "config" / "taxes.toml").write_text(
        '[rates.ES]\nlabel = "IVA"\nclasses = { standard = "21" }\n', encoding="utf-8"
    )
    assert lightning_cart("catalog", "check") == (
        0,
        "no mistakes in config (products: 1, variants: 1, sites: 1, methods: 1, rates: 1)\n",
        "",
    )


def test_a_right_catalogue_is_one_line(lightning_cart: Cli, write: Callable[..., None]) -> None:
    write(sites=SITES.replace('strategies = ["paypal"]\n', ""))
    assert lightning_cart("catalog", "check") == (0, "no mistakes in config (products: 1, sites: 1)\n", "")


def test_warnings_are_told_with_their_lines_and_are_no_failure(lightning_cart: Cli, write: Callable[..., None]) -> None:
    write()
    assert lightning_cart("catalog", "check") == (
        0,
        "no mistakes, 1 warning in config (products: 1, sites: 1)\n",
        f'warning: {WARNING}\n  4 | interval = "month"\n    |            ^\n',
    )


def test_warnings_fail_a_strict_check(lightning_cart: Cli, write: Callable[..., None]) -> None:
    write()
    assert lightning_cart("catalog", "check", "--strict")[0] == 1
    assert lightning_cart("catalog", "check", "--strict", "--json")[0] == 1


def test_mistakes_come_before_warnings_and_a_count(lightning_cart: Cli, write: Callable[..., None]) -> None:
    write(PRODUCTS + '[products.cap]\nname = "Cap"\nprices = { USD = "0.10" }\nmax_quantity = 1\nsites = ["shop"]\n')
    status, out, err = lightning_cart("catalog", "check")
    assert (status, out) == (0, "no mistakes, 2 warnings in config (products: 2, sites: 1)\n")
    write(PRODUCTS + '[products.cap]\nname = "Cap"\nprices = { USD = "10.00", IQD = "1.000" }\n')
    status, out, err = lightning_cart("catalog", "check")
    assert (status, out) == (1, "")
    assert [line.partition(":")[0] for line in err.splitlines() if ".toml:" in line] == ["products.toml", "warning"]
    assert err.splitlines()[-1] == "1 mistake, 1 warning in config"


def test_a_mistake_has_its_line_with_a_caret(lightning_cart: Cli, write: Callable[..., None]) -> None:
    write('[products.mug]\nname = "Mug"\nprice = { USD = "10.00" }\n')
    assert lightning_cart("catalog", "check") == (
        1,
        "",
        (
            "products.toml:3: products.mug.price: is not a known key here: did you mean prices?\n"
            '  3 | price = { USD = "10.00" }\n'
            "    | ^\n"
            "1 mistake, no warnings in config\n"
        ),
    )


@pytest.mark.parametrize("width", [60, 80])
def test_a_narrow_terminal_shows_whole_lines(
    lightning_cart: Cli, write: Callable[..., None], monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    write(PRODUCTS.replace('"Mug"', f'"{"A very long name " * 9}"'))
    status, _, err = lightning_cart("catalog", "check")
    assert status == 1
    shown = re.sub(r"\x1b\[[0-9;]*m", "", err)
    assert [line for line in shown.splitlines() if len(line.rstrip()) > width] == []
    assert "1 mistake, no warnings in config" in err


def test_scripts_get_an_object_a_line(lightning_cart: Cli, write: Callable[..., None]) -> None:
    write()
    status, out, err = lightning_cart("catalog", "check", "--json")
    warning, summary = map(json.loads, out.splitlines())
    assert (status, err) == (0, "")
    assert warning == {
        "file": "products.toml",
        "table": "products.mug",
        "key": "interval",
        "reason": "paypal cannot charge a recurring price",
        "line": 4,
        "column": 12,
        "level": "warning",
    }
    assert summary == {
        "config": "config",
        "products": 1,
        "variants": 0,
        "sites": 1,
        "methods": 0,
        "rates": 0,
        "warnings": 1,
    }


def test_the_pages_have_to_fit_the_settings_of_the_folder(
    lightning_cart: Cli, write: Callable[..., None], tmp_path: Path
) -> None:
    write(sites=SITES.replace('"/success.html"', '"https://www.shop.example/thanks"'))
    (tmp_path / ".env").write_text("PUBLIC_URL=https://shop.example\n", encoding="utf-8")
    status, _, err = lightning_cart("catalog", "check")
    assert status == 1
    assert 'write origins = ["https://www.shop.example"]' in err


def test_settings_that_cannot_be_read_are_no_reason_not_to_check(
    lightning_cart: Cli, write: Callable[..., None], tmp_path: Path
) -> None:
    write()
    (tmp_path / ".env").write_bytes(b"\xff\xff")
    assert lightning_cart("catalog", "check")[0] == 0


@pytest.mark.parametrize("command", [("serve",), ("reconcile",), ("catalog", "check"), ("orders", "cancel", "ord_1", "--yes")])
def test_a_folder_without_a_catalogue_is_an_error_and_gets_no_database(
    lightning_cart: Cli, tmp_path: Path, command: tuple[str, ...]
) -> None:
    status, _, err = lightning_cart(*command)
    assert (status, "there is no products.toml and no sites.toml in config" in err) == (2, True)
    assert list(tmp_path.iterdir()) == []


def test_a_reconciler_without_a_database_makes_none(lightning_cart: Cli, tmp_path: Path, write: Callable[..., None]) -> None:
    write()
    status, _, err = lightning_cart("reconcile")
    assert (status, "there is no database lightning-cart.db" in err) == (2, True)
    assert [path.name for path in tmp_path.iterdir()] == ["config"]
