"""The keys of `sites.toml` about places, time and pages, and every mistake in them."""

import pytest

from lightning_cart.domain.catalog import Site
from lightning_cart.domain.catalog_files import CatalogFiles, read_catalog
from lightning_cart.domain.catalog_mistakes import CatalogError
from lightning_cart.domain.catalog_source import CatalogFile
from support.app import SHOP

MUG = '[products.mug]\nname = "Mug"\nprices = { EUR = "1.00" }\n'
ZONES = ("Europe/Madrid", "Europe/Berlin", "UTC", "America/New_York")


def site(lines: str, zones: tuple[str, ...] = ZONES) -> Site:
    files = CatalogFiles(CatalogFile("products.toml", MUG), CatalogFile("sites.toml", SHOP.strip() + "\n" + lines))
    return read_catalog(files, ["stripe_checkout"], lambda: zones).sites["shop"]


def mistake(lines: str, zones: tuple[str, ...] = ZONES) -> str:
    with pytest.raises(CatalogError) as caught:
        site(lines, zones)
    (only,) = caught.value.mistakes
    return f"{only.line}: {only.key}: {only.reason}"


def test_a_site_says_where_it_sells_and_where_its_pages_are() -> None:
    found = site(
        'countries = ["EU", "CH"]\nhome_country = "ES"\ntimezone = "Europe/Madrid"\nterms_page = "/terms.html"\n'
        'privacy_page = "https://shop.example/privacy"\n'
    )
    assert (found.home_country, found.timezone, len(found.countries)) == ("ES", "Europe/Madrid", 28)
    assert [found.serves(country) for country in ("ES", "CH", "US")] == [True, True, False]
    assert dict(found.pages) == {
        "success_page": "https://shop.example/thanks",
        "cancel_page": "https://shop.example/cart",
        "terms_page": "/terms.html",
        "privacy_page": "https://shop.example/privacy",
    }


def test_a_site_that_says_nothing_serves_every_country() -> None:
    found = site("")
    assert (found.serves("US"), found.home_country, found.timezone) == (True, "", "")
    assert list(found.pages) == ["success_page", "cancel_page"]
    assert (found.address, found.vat_id, found.email, found.ask_vat_id) == ("", "", "", False)


@pytest.mark.parametrize(
    "address",
    ['["Calle Mayor 1", " 28013 Madrid", "España"]', '"""\nCalle Mayor 1\n  28013 Madrid\nEspaña\n"""'],
    ids=["a list of lines", "one text"],
)
def test_a_site_says_who_the_shop_is(address: str) -> None:
    found = site(f'address = {address}\nvat_id = "ESB12345678"\nemail = "orders@shop.example"\nask_vat_id = true\n')
    assert found.address == "Calle Mayor 1\n28013 Madrid\nEspaña"
    assert (found.vat_id, found.email, found.ask_vat_id) == ("ESB12345678", "orders@shop.example", True)


def test_where_time_zones_are_not_known_the_form_of_their_names_counts() -> None:
    assert site('timezone = "Mars/Base"\n', ()).timezone == "Mars/Base"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ('countries = ["*"]\n', "8: countries[0]: means all countries, as does no countries: remove the line"),
        (
            'countries = ["Spain"]\n',
            '8: countries[0]: must be an ISO 3166-1 code of two capitals, such as ES, or the group EU: write "ES"',
        ),
        ('home_country = "spain"\n', '8: home_country: must be an ISO 3166-1 code of two capitals, such as ES: write "ES"'),
        (
            'countries = ["US"]\nhome_country = "ES"\n',
            '9: home_country: is not one of the countries that the site serves: add "ES" to countries',
        ),
        ('timezone = "Madrid"\n', "8: timezone: must be an IANA name such as Europe/Madrid: did you mean Europe/Madrid?"),
        ('timezone = "new york"\n', "8: timezone: must be an IANA name such as Europe/Madrid"),
        ('timezone = "new_york"\n', "8: timezone: must be an IANA name such as Europe/Madrid: did you mean America/New_York?"),
        ('timezone = "Europe/Berln"\n', "8: timezone: must be an IANA name such as Europe/Madrid: did you mean Europe/Berlin?"),
        ('timezone = "Mars/Base"\n', "8: timezone: must be an IANA name such as Europe/Madrid"),
        ("timezone = 2\n", "8: timezone: must be an IANA name such as Europe/Madrid"),
        ('terms_page = "terms.html"\n', "8: terms_page: must be an https URL, or a path with a slash: write /terms.html"),
        (
            'privacy_page = "privacy.html"\n',
            "8: privacy_page: must be an https URL, or a path with a slash: write /privacy.html",
        ),
        *(
            (
                f"address = {value}\n",
                '8: address: must be the lines of a postal address, such as ["Calle Mayor 1", "28013 Madrid", "Spain"]',
            )
            for value in ("7", "[]", '""', "true", '{ line1 = "Calle Mayor 1" }')
        ),
        ('address = ["1", "2", "3", "4", "5", "6", "7"]\n', "8: address: has 7 lines: at most 6 are possible"),
        (
            f'address = ["Calle Mayor 1", "{"M" * 101}"]\n',
            "8: address: its line 2 must be a string of 1 to 100 characters",
        ),
        ('address = ["Calle Mayor 1", 28013]\n', "8: address: its line 2 must be a string of 1 to 100 characters"),
        (
            'address = ["Calle Mayor 1\\n28013 Madrid"]\n',
            "8: address: its line 1 has U+000A at character 14, which breaks the line: remove it",
        ),
        ('vat_id = "es-b 1234.5678"\n', "8: vat_id: must be 4 to 20 capitals and digits: write ESB12345678"),
        ("vat_id = 12345678\n", "8: vat_id: must be 4 to 20 capitals and digits: write 12345678"),
        ('vat_id = "ES?"\n', "8: vat_id: must be 4 to 20 capitals and digits, such as ESB12345678"),
        ('vat_id = "ESÑ12345678"\n', "8: vat_id: must be 4 to 20 capitals and digits, such as ESB12345678"),
        (
            'email = "Shop <orders@shop.example>"\n',
            "8: email: must be an e-mail address: write orders@shop.example",
        ),
        ('email = "orders.shop.example"\n', "8: email: must be an e-mail address, such as orders@shop.example"),
        ("email = 7\n", "8: email: must be an e-mail address, such as orders@shop.example"),
        ('ask_vat_id = "yes"\n', "8: ask_vat_id: must be true or false"),
    ],
)
def test_a_mistake_has_its_line(lines: str, expected: str) -> None:
    assert mistake(lines) == expected
