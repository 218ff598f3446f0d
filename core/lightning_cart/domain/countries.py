"""Countries by their ISO 3166-1 alpha-2 codes, and groups of them."""

from collections.abc import Iterable, Mapping

# ISO 3166-1 as of 2026-01-01.
_CODES = (
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ "
    "CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO "
    "FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE "
    "JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO "
    "MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW "
    "PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM "
    "TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW"
)
COUNTRIES = frozenset(_CODES.split())
# Their addresses have no postal code. Source: Universal Postal Union, addressing of member countries.
_WITHOUT = (
    "AE AG AO AW BF BI BJ BS BW BZ CD CF CG CI CK CM DJ DM ER FJ GA GD GM GQ GY HK KI KM KN KP ML MO MR MW NR NU QA RW SB SC "
    "SL SR ST SY TD TG TK TL TO TV UG VU WS YE ZW"
)
WITHOUT_POSTAL_CODES = frozenset(_WITHOUT.split())
# Source: Treaty on European Union, Article 52. Tax law leaves out parts of some of them: zones and rates can have regions.
_EU = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
GROUPS = {"EU": tuple(_EU.split())}
_US = (
    "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA RI "
    "SC SD TN TX UT VT VA WA WV WI WY AS GU MP PR UM VI AA AE AP"
)
_SPAIN = (
    "A AB AL AV B BA BI BU C CA CC CO CR CS CU GC GI GR GU H HU J L LE LO LU M MA MU NA O OR P PM PO S SA SE SG SO SS T TE TF "
    "TO V VA VI Z ZA CE ML"
)
# ISO 3166-2, of the countries whose regions often set taxes or delivery; with AA, AE and AP, where US soldiers get their mail.
REGIONS: Mapping[str, tuple[str, ...]] = {
    "US": tuple(_US.split()),
    "CA": ("AB", "BC", "MB", "NB", "NL", "NS", "NT", "NU", "ON", "PE", "QC", "SK", "YT"),
    "ES": tuple(_SPAIN.split()),  # provinces, which addresses have; no address has a community, such as CN
    "AU": ("ACT", "NSW", "NT", "QLD", "SA", "TAS", "VIC", "WA"),
}


def expand_groups(names: Iterable[str]) -> tuple[str, ...]:
    """Return codes and groups as codes, each once and in order; `*` stays.

    Args:
        names: Codes of countries, names of groups, or `*`.
    """
    return tuple(dict.fromkeys(code for name in names for code in GROUPS.get(name, (name,))))
