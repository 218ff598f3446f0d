"""Zones and methods of delivery: what `shipping.toml` says, and every mistake in it."""

import pytest

from lightning_cart.domain.catalog_files import parse_catalog
from lightning_cart.domain.catalog_mistakes import CatalogError
from lightning_cart.domain.money import Money
from lightning_cart.domain.shipping import Method, Shipping, Zone
from support.app import SHOP

MUG = '[products.mug]\nname = "Mug"\nprices = { EUR = "1.00" }\n'
ZONE = '[zones.spain]\ncountries = ["ES"]\n'
COUNTRY = "must be an ISO 3166-1 code of two capitals, such as ES, or the group EU"
REGION = "must be an ISO 3166-2 code, which begins with its country, such as US-NY"
POSTAL = "must be a postal code (35001), the start of some (35*) or a range (35000-35999)"
DAYS = "must be the fewest and the most working days, such as days = [2, 4]"
METHOD = '[methods.post]\nname = "Post"\nzones = ["spain"]\nprices = { EUR = "4.90" }\n'


def parse(shipping: str) -> Shipping:
    found = parse_catalog(MUG, SHOP, ["stripe_checkout"], shipping).shipping
    assert found
    return found


def mistakes(shipping: str) -> list[str]:
    """Return the mistakes of a file as `line: table.key: reason`."""
    with pytest.raises(CatalogError) as caught:
        parse(shipping)
    assert {one.file for one in caught.value.mistakes} == {"shipping.toml"}
    return [f"{one.line}: {one.sentence}" for one in caught.value.mistakes]


def test_without_the_file_nothing_is_delivered() -> None:
    assert parse_catalog(MUG, SHOP, ["stripe_checkout"]).shipping is None


def test_zones_and_methods_have_all_that_their_tables_say() -> None:
    text = """
        [zones.islands]
        countries = ["ES"]
        regions = ["ES-TF"]
        postal_codes = ["35001", "36*", "37000-37999"]
        [zones.world]
        countries = ["*"]
        [methods.post]
        name = "Post"
        zones = ["islands", "world"]
        prices = { EUR = "4.90", USD = "0.00" }
        free_from = { EUR = "50.00" }
        min_weight = 1
        max_weight = 2000
        min_sum = { EUR = "1.00" }
        max_sum = { EUR = "900.00" }
        days = [2, 4]
        sites = ["shop"]
        [methods.pickup]
        name = "Pick up"
        pick_up = true
        prices = { EUR = "0.00" }
    """
    assert parse(text) == Shipping(
        {
            "islands": Zone("islands", ("ES",), ("ES-TF",), ("35001", "36*", "37000-37999")),
            "world": Zone("world", ("*",)),
        },
        {
            "post": Method(
                "post",
                "Post",
                {"EUR": Money(490, "EUR"), "USD": Money(0, "USD")},
                ("islands", "world"),
                {"EUR": Money(5000, "EUR")},
                1,
                2000,
                {"EUR": Money(100, "EUR")},
                {"EUR": Money(90000, "EUR")},
                (2, 4),
                sites=("shop",),
            ),
            "pickup": Method("pickup", "Pick up", {"EUR": Money(0, "EUR")}, pick_up=True),
        },
    )


def test_a_group_of_countries_becomes_their_codes() -> None:
    zone = parse('[zones.europe]\ncountries = ["EU", "CH", "ES"]\n' + METHOD.replace("spain", "europe")).zones["europe"]
    assert (len(zone.countries), zone.countries[-1]) == (28, "CH")


def test_a_shop_with_pick_ups_only_has_no_zone() -> None:
    assert parse('[methods.p]\nname = "P"\npick_up = true\nprices = { EUR = "0" }\n').zones == {}


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("", '1: zones.spain.countries: is missing: write the codes of its countries, such as countries = ["ES"]'),
        (
            "countries = []\n",
            '2: zones.spain.countries: is empty: write the codes of its countries, such as countries = ["ES"]',
        ),
        (
            'countries = ["Spain"]\n',
            f'2: zones.spain.countries[0]: {COUNTRY}: write "ES"',
        ),
        (
            'countries = ["es"]\n',
            f'2: zones.spain.countries[0]: {COUNTRY}: write "ES"',
        ),
        (
            'countries = ["eu"]\n',
            f'2: zones.spain.countries[0]: {COUNTRY}: write "EU"',
        ),
        (
            'countries = ["UK"]\n',
            f'2: zones.spain.countries[0]: {COUNTRY}: write "GB"',
        ),
        (
            'countries = ["Germny"]\n',
            f'2: zones.spain.countries[0]: {COUNTRY}: write "DE"',
        ),
        (
            'countries = ["XX"]\n',
            f"2: zones.spain.countries[0]: {COUNTRY}",
        ),
        (
            "countries = [7]\n",
            f"2: zones.spain.countries[0]: {COUNTRY}",
        ),
        (
            'countries = ["*", "ES"]\n',
            '2: zones.spain.countries: has "*", which is everywhere, and others: write only one of both',
        ),
        (
            'countries = ["ES"]\nregions = ["TF"]\n',
            f'3: zones.spain.regions[0]: {REGION}: write "ES-TF"',
        ),
        (
            'countries = ["ES"]\nregions = [1]\n',
            f"3: zones.spain.regions[0]: {REGION}",
        ),
        (
            'countries = ["ES"]\nregions = ["Las Palmas"]\n',
            f"3: zones.spain.regions[0]: {REGION}",
        ),
        (
            'countries = ["ES"]\nregions = ["es-tf"]\n',
            '3: zones.spain.regions[0]: is written in capitals and without blanks: write "ES-TF"',
        ),
        (
            'countries = ["ES"]\nregions = ["UK-LND"]\n',
            (
                "3: zones.spain.regions[0]: begins with UK, which must be an ISO 3166-1 code of two capitals, such as ES: "
                'write "GB"'
            ),
        ),
        (
            'countries = ["ES"]\nregions = ["PT-11"]\n',
            '3: zones.spain.regions[0]: is in PT, which is not one of the countries here: add "PT" to them, or remove this',
        ),
        (
            'countries = ["ES"]\nregions = ["ES-CN"]\n',
            (
                "3: zones.spain.regions[0]: is no region of ES: its regions are A, AB, AL, AV, B, BA, BI, BU, C, CA, CC, CO, "
                "CR, CS, CU, GC, GI, GR, GU, H, HU, J, L, LE, LO, LU, M, MA, MU, NA, O, OR, P, PM, PO, S, SA, SE, SG, SO, SS, "
                "T, TE, TF, TO, V, VA, VI, Z, ZA, CE, ML"
            ),
        ),
        ('countries = ["US"]\nregions = ["US-NX"]\n', "3: zones.spain.regions[0]: is no region of US: did you mean US-NE?"),
        (
            'countries = ["CA"]\nregions = ["CA-123"]\n',
            "3: zones.spain.regions[0]: is no region of CA: its regions are AB, BC, MB, NB, NL, NS, NT, NU, ON, PE, QC, SK, YT",
        ),
        (
            'countries = ["ES"]\npostal_codes = [35001]\n',
            f'3: zones.spain.postal_codes[0]: {POSTAL}: write "35001"',
        ),
        (
            'countries = ["ES"]\npostal_codes = [true]\n',
            f"3: zones.spain.postal_codes[0]: {POSTAL}",
        ),
        (
            'countries = ["GB"]\npostal_codes = ["sw1a 1aa"]\n',
            f'3: zones.spain.postal_codes[0]: {POSTAL}: write "SW1A1AA"',
        ),
        (
            'countries = ["GB"]\npostal_codes = ["**"]\n',
            f"3: zones.spain.postal_codes[0]: {POSTAL}",
        ),
        (
            'countries = ["ES"]\npostal_codes = ["35000 - 35999"]\n',
            f'3: zones.spain.postal_codes[0]: {POSTAL}: write "35000-35999"',
        ),
        (
            'countries = ["ES"]\npostal_codes = ["36000-35000"]\n',
            '3: zones.spain.postal_codes[0]: is a range whose ends are reversed: write "35000-36000"',
        ),
        (
            'countries = ["PL"]\npostal_codes = ["00-001"]\n',
            (
                f"3: zones.spain.postal_codes[0]: {POSTAL}: both ends of a range "
                "have as many characters, and a single code is written without its hyphen"
            ),
        ),
        (
            'countries = ["ES", "PT"]\npostal_codes = ["35*"]\n',
            "3: zones.spain.postal_codes: mean something else in each country: write one zone for each country that has some",
        ),
        (
            'countries = ["*"]\npostal_codes = ["35*"]\n',
            "3: zones.spain.postal_codes: mean something else in each country: write one zone for each country that has some",
        ),
        (
            'countries = ["ES"]\nname = "x"\n',
            "3: zones.spain.name: is not a known key here: the keys are countries, regions, postal_codes",
        ),
    ],
)
def test_a_mistake_in_a_zone_has_its_line(lines: str, expected: str) -> None:
    assert mistakes(f"[zones.spain]\n{lines}{METHOD}") == [expected]


def test_there_are_bounds_for_the_number_of_postal_codes() -> None:
    codes = [str(10_000 + n) for n in range(1001)]
    (found,) = mistakes(f'[zones.spain]\ncountries = ["ES"]\npostal_codes = {codes}\n{METHOD}')
    assert "has 1001 entries: at most 1000 are possible; write the start of codes (35*) or a range" in found


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (
            METHOD.replace('name = "Post"\n', ""),
            '3: methods.post.name: is missing: write what the buyer reads, such as name = "Standard post"',
        ),
        (
            METHOD.replace('prices = { EUR = "4.90" }\n', ""),
            (
                "3: methods.post.prices: is missing: must be a table of currency codes and decimal strings, "
                'such as prices = { USD = "10.00" }'
            ),
        ),
        (METHOD.replace('"4.90"', '"-1"'), "6: methods.post.prices.EUR: must not be below zero"),
        (
            METHOD.replace('zones = ["spain"]\n', ""),
            '3: methods.post.zones: is missing: write where it is offered, such as zones = ["ID"], or pick_up = true',
        ),
        (
            METHOD.replace('["spain"]', '["spian"]'),
            "5: methods.post.zones[0]: must be the id of a zone in this file: did you mean spain?",
        ),
        (
            METHOD + "pick_up = true\n",
            "5: methods.post.zones: have no meaning for a pick-up, which needs no address: remove them",
        ),
        (METHOD + 'sites = ["shp"]\n', "7: methods.post.sites[0]: must be the id of a site in sites.toml: did you mean shop?"),
        (METHOD + "days = [4, 2]\n", "7: methods.post.days: are reversed: write days = [2, 4]"),
        (METHOD + "days = 3\n", "7: methods.post.days: must have two numbers: write days = [3, 3]"),
        (METHOD + "days = [3]\n", f"7: methods.post.days: {DAYS}"),
        (
            METHOD + "days = [3, 400]\n",
            f"7: methods.post.days: {DAYS}, each a whole number from 0 to 365",
        ),
        (
            METHOD + 'free_from = { USD = "50.00" }\n',
            "7: methods.post.free_from.USD: has no price in USD: add it to prices, or remove this",
        ),
        (METHOD + 'free_from = { EUR = "0.00" }\n', "7: methods.post.free_from.EUR: must be above zero"),
        (
            METHOD + 'max_sum = { USD = "50.00" }\n',
            "7: methods.post.max_sum.USD: has no price in USD: add it to prices, or remove this",
        ),
        (
            METHOD + "min_weight = 5\nmax_weight = 3\n",
            "7: methods.post.min_weight: is more than max_weight, so that no parcel fits: write at most 3",
        ),
        (
            METHOD + 'min_sum = { EUR = "5.00" }\nmax_sum = { EUR = "3.00" }\n',
            "7: methods.post.min_sum.EUR: is more than max_sum, so that no cart fits: write at most 3.00",
        ),
        (METHOD + "price = 1\n", "7: methods.post.price: is not a known key here: did you mean prices?"),
        ("", "3: methods: has no entry: add at least one table [methods.ID]"),
        (METHOD + '[method.x]\nname = "x"\n', "7: method: is not a known table here: did you mean [methods.ID]?"),
        (METHOD + '[colours.x]\nname = "x"\n', "7: colours: is not a known table here: use [zones.ID] or [methods.ID]"),
        (METHOD + "[zones]\nx = 1\n", "8: zones.x: must be a table: write [zones.x] above its keys"),
        ("x", "3: is not TOML: "),
    ],
)
def test_a_mistake_in_a_method_has_its_line(lines: str, expected: str) -> None:
    found = mistakes(ZONE + lines)
    assert len(found) == 1
    assert found[0].replace("None", "3").startswith(expected)


def test_min_and_max_of_different_currencies_are_not_compared() -> None:
    text = ZONE + METHOD.replace('"4.90"', '"4.90", USD = "5.00"') + 'min_sum = { EUR = "5.00" }\nmax_sum = { USD = "3.00" }\n'
    assert list(parse(text).methods) == ["post"]


def test_a_wrong_table_of_prices_is_one_mistake() -> None:
    (found,) = mistakes(ZONE + METHOD.replace('{ EUR = "4.90" }', "4") + 'free_from = { EUR = "5.00" }\n')
    assert "methods.post.prices: must be a table" in found
