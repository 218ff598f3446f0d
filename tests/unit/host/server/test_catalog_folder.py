"""The folder of the catalogue files: where it is, what editors made of the files, and which settings they have to fit."""

from pathlib import Path

import pytest

from lightning_cart.domain.catalog_mistakes import CatalogError
from lightning_cart.errors import ConfigurationError
from lightning_cart_host.resources import find_resource
from lightning_cart_host.server.catalog_folder import find_config, inspect_catalog, load_catalog, read_catalog_folder

PRODUCTS = '[products.mug]\nname = "Mug"\nprices = { USD = "10.00" }\n'
SITES = (
    '[sites.shop]\nname = "Shop"\nsuccess_page = "https://shop.example/thanks"\ncancel_page = "https://shop.example/cart"\n'
    'default_strategy = "paypal"\n'
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "products.toml").write_text(PRODUCTS, encoding="utf-8")
    (tmp_path / "sites.toml").write_text(SITES, encoding="utf-8")
    return tmp_path


class TestFinding:
    def test_the_folder_of_the_option_is_taken(self, folder: Path) -> None:
        assert find_config(folder) == folder

    def test_the_folder_here_is_taken_without_an_option(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (folder / "shop").mkdir()
        monkeypatch.chdir(folder / "shop")
        with pytest.raises(ConfigurationError, match=r"there is no products\.toml and no sites\.toml in config"):
            find_config(None)
        (folder / "shop" / "config").symlink_to(folder)
        assert find_config(None) == Path("config")

    def test_a_folder_without_one_file_says_which_and_how_to_make_it(self, folder: Path) -> None:
        (folder / "sites.toml").unlink()
        with pytest.raises(ConfigurationError) as caught:
            find_config(folder)
        assert str(caught.value) == (
            f"there is no sites.toml in {folder}: copy the example from {find_resource('config')} and write what you sell, or "
            "name another folder with --config (`lightning-cart demo` needs none)"
        )

    @pytest.mark.parametrize(("method", "name"), [("read_bytes", r"products\.toml"), ("is_file", "")])
    def test_what_cannot_be_read_is_named(self, folder: Path, monkeypatch: pytest.MonkeyPatch, method: str, name: str) -> None:
        def refuse(_: Path) -> bytes:
            raise PermissionError

        monkeypatch.setattr(Path, method, refuse)
        with pytest.raises(ConfigurationError, match=rf"{name} cannot be read \(PermissionError\): let this user read it"):
            load_catalog(folder)


class TestFiles:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
    @pytest.mark.parametrize("ends", ["\n", "\r\n"], ids=["Unix", "Windows"])
    def test_what_editors_write_is_read(self, folder: Path, encoding: str, ends: str) -> None:
        (folder / "products.toml").write_bytes(PRODUCTS.replace("\n", ends).encode(encoding))
        (folder / "sites.toml").write_bytes(SITES.replace("\n", ends).encode(encoding))
        assert load_catalog(folder).products["mug"].name == "Mug"

    def test_files_in_other_encodings_are_told_at_once(self, folder: Path) -> None:
        (folder / "products.toml").write_bytes(PRODUCTS.encode("utf-16"))
        (folder / "sites.toml").write_bytes(SITES.replace("Shop", "Café").encode("latin-1"))
        with pytest.raises(CatalogError) as caught:
            load_catalog(folder)
        assert [(one.file, one.line) for one in caught.value.mistakes] == [("products.toml", None), ("sites.toml", 2)]


class TestSettings:
    def test_pages_elsewhere_are_a_warning_while_no_setting_is_known(self, folder: Path) -> None:
        assert [one.key for one in read_catalog_folder(folder)[1]] == ["success_page", "cancel_page"]

    def test_pages_on_the_engines_own_origin_are_right(self, folder: Path) -> None:
        assert read_catalog_folder(folder, env={"PUBLIC_URL": " https://shop.example "})[1] == []

    def test_pages_that_cannot_call_the_engine_are_refused(self, folder: Path) -> None:
        with pytest.raises(CatalogError):
            load_catalog(folder, env={"PUBLIC_URL": "https://pay.shop.example"})

    @pytest.mark.parametrize("url", ["nowhere", "https://shop.example/", ""])
    def test_a_wrong_setting_is_as_none(self, folder: Path, url: str) -> None:
        assert [one.level for one in read_catalog_folder(folder, env={"PUBLIC_URL": url})[1]] == ["warning", "warning"]

    @pytest.mark.parametrize(("value", "warnings"), [("", 1), ("1", 0), ("yes", 0)])
    def test_a_webhook_to_this_machine_needs_a_setting(self, folder: Path, value: str, warnings: int) -> None:
        with (folder / "sites.toml").open("a", encoding="utf-8") as file:
            file.write('fulfilment_url = "http://127.0.0.1:9000/hook"\n')
        env = {"PUBLIC_URL": "https://shop.example", "FULFILMENT_ALLOW_PRIVATE": value}
        assert len(read_catalog_folder(folder, env=env)[1]) == warnings


class TestInspecting:
    def test_a_right_catalogue_is_returned(self, folder: Path) -> None:
        report = inspect_catalog(folder, env={"PUBLIC_URL": "https://shop.example"})
        assert (report.catalog is None, report.mistakes, report.warnings) == (False, (), ())

    def test_a_wrong_one_is_returned_with_its_mistakes_and_warnings(self, folder: Path) -> None:
        (folder / "products.toml").write_text(PRODUCTS + PRODUCTS.replace("mug", "cap").replace("USD", "INR"), encoding="utf-8")
        report = inspect_catalog(folder)
        assert report.catalog is None
        assert [one.key for one in report.mistakes] == ["prices.INR"]
        assert [one.level for one in report.warnings] == ["warning"] * 3


class TestOptionalFiles:
    def test_deliveries_and_taxes_are_read_where_there_are_files(self, folder: Path) -> None:
        assert load_catalog(folder)[2:4] == (None, None)
        (folder / "shipping.toml").write_text(
            '[methods.p]\nname = "P"\npick_up = true\nprices = { USD = "0.00" }\n', encoding="utf-8"
        )
        (folder / "taxes.toml").write_text('[rates.ES]\nlabel = "IVA"\nclasses = { standard = "21" }\n', encoding="utf-8")
        catalog = load_catalog(folder)
        assert catalog.shipping
        assert catalog.taxes
        assert (list(catalog.shipping.methods), list(catalog.taxes.rates)) == (["p"], ["ES"])

    def test_the_mistakes_of_all_four_files_are_told_at_once(self, folder: Path) -> None:
        for name in ("products", "shipping", "sites", "taxes"):
            (folder / f"{name}.toml").write_text("[x.y]\n", encoding="utf-8")
        found = {mistake.file for mistake in inspect_catalog(folder).mistakes}
        assert found == {"products.toml", "shipping.toml", "sites.toml", "taxes.toml"}

    def test_a_file_in_another_encoding_is_named(self, folder: Path) -> None:
        (folder / "shipping.toml").write_bytes('[methods.p]\nname = "P"\n'.encode("utf-16"))
        (mistake,) = inspect_catalog(folder).mistakes
        assert mistake.file == "shipping.toml"

    def test_a_time_zone_has_a_name_that_this_machine_knows(self, folder: Path) -> None:
        (folder / "sites.toml").write_text(SITES + 'timezone = "Europe/Mdrid"\n', encoding="utf-8")
        (mistake,) = inspect_catalog(folder).mistakes
        assert mistake.reason == "must be an IANA name such as Europe/Madrid: did you mean Europe/Madrid?"
