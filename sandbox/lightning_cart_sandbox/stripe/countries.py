"""The countries that Stripe delivers to, with their names in English, and what an address needs there.

`AS CX CC CU HM IR KP MH FM NF MP PW SY UM VI` are missing: Stripe does not accept them for delivery (Stripe: create a Checkout
Session, shipping_address_collection).
"""

import re

_NAMES = (
    "AC Ascension Island|AD Andorra|AE United Arab Emirates|AF Afghanistan|AG Antigua & Barbuda|AI Anguilla|AL Albania|"
    "AM Armenia|AO Angola|AQ Antarctica|AR Argentina|AT Austria|AU Australia|AW Aruba|AX Åland Islands|AZ Azerbaijan|"
    "BA Bosnia & Herzegovina|BB Barbados|BD Bangladesh|BE Belgium|BF Burkina Faso|BG Bulgaria|BH Bahrain|BI Burundi|BJ Benin|"
    "BL St. Barthélemy|BM Bermuda|BN Brunei|BO Bolivia|BQ Caribbean Netherlands|BR Brazil|BS Bahamas|BT Bhutan|"
    "BV Bouvet Island|BW Botswana|BY Belarus|BZ Belize|CA Canada|CD Congo - Kinshasa|CF Central African Republic|"
    "CG Congo - Brazzaville|CH Switzerland|CI Côte d\u2019Ivoire|CK Cook Islands|CL Chile|CM Cameroon|CN China|CO Colombia|"
    "CR Costa Rica|CV Cape Verde|CW Curaçao|CY Cyprus|CZ Czechia|DE Germany|DJ Djibouti|DK Denmark|DM Dominica|"
    "DO Dominican Republic|DZ Algeria|EC Ecuador|EE Estonia|EG Egypt|EH Western Sahara|ER Eritrea|ES Spain|ET Ethiopia|"
    "FI Finland|FJ Fiji|FK Falkland Islands|FO Faroe Islands|FR France|GA Gabon|GB United Kingdom|GD Grenada|GE Georgia|"
    "GF French Guiana|GG Guernsey|GH Ghana|GI Gibraltar|GL Greenland|GM Gambia|GN Guinea|GP Guadeloupe|GQ Equatorial Guinea|"
    "GR Greece|GS South Georgia & South Sandwich Islands|GT Guatemala|GU Guam|GW Guinea-Bissau|GY Guyana|HK Hong Kong|"
    "HN Honduras|HR Croatia|HT Haiti|HU Hungary|ID Indonesia|IE Ireland|IL Israel|IM Isle of Man|IN India|"
    "IO British Indian Ocean Territory|IQ Iraq|IS Iceland|IT Italy|JE Jersey|JM Jamaica|JO Jordan|JP Japan|KE Kenya|"
    "KG Kyrgyzstan|KH Cambodia|KI Kiribati|KM Comoros|KN St. Kitts & Nevis|KR South Korea|KW Kuwait|KY Cayman Islands|"
    "KZ Kazakhstan|LA Laos|LB Lebanon|LC St. Lucia|LI Liechtenstein|LK Sri Lanka|LR Liberia|LS Lesotho|LT Lithuania|"
    "LU Luxembourg|LV Latvia|LY Libya|MA Morocco|MC Monaco|MD Moldova|ME Montenegro|MF St. Martin|MG Madagascar|"
    "MK North Macedonia|ML Mali|MM Myanmar|MN Mongolia|MO Macao|MQ Martinique|MR Mauritania|MS Montserrat|MT Malta|"
    "MU Mauritius|MV Maldives|MW Malawi|MX Mexico|MY Malaysia|MZ Mozambique|NA Namibia|NC New Caledonia|NE Niger|NG Nigeria|"
    "NI Nicaragua|NL Netherlands|NO Norway|NP Nepal|NR Nauru|NU Niue|NZ New Zealand|OM Oman|PA Panama|PE Peru|"
    "PF French Polynesia|PG Papua New Guinea|PH Philippines|PK Pakistan|PL Poland|PM St. Pierre & Miquelon|PN Pitcairn Islands|"
    "PR Puerto Rico|PS Palestinian Territories|PT Portugal|PY Paraguay|QA Qatar|RE Réunion|RO Romania|RS Serbia|RU Russia|"
    "RW Rwanda|SA Saudi Arabia|SB Solomon Islands|SC Seychelles|SD Sudan|SE Sweden|SG Singapore|SH St. Helena|SI Slovenia|"
    "SJ Svalbard & Jan Mayen|SK Slovakia|SL Sierra Leone|SM San Marino|SN Senegal|SO Somalia|SR Suriname|SS South Sudan|"
    "ST São Tomé & Príncipe|SV El Salvador|SX Sint Maarten|SZ Eswatini|TA Tristan da Cunha|TC Turks & Caicos Islands|TD Chad|"
    "TF French Southern Territories|TG Togo|TH Thailand|TJ Tajikistan|TK Tokelau|TL Timor-Leste|TM Turkmenistan|TN Tunisia|"
    "TO Tonga|TR Türkiye|TT Trinidad & Tobago|TV Tuvalu|TW Taiwan|TZ Tanzania|UA Ukraine|UG Uganda|US United States|UY Uruguay|"
    "UZ Uzbekistan|VA Vatican City|VC St. Vincent & Grenadines|VE Venezuela|VG British Virgin Islands|VN Vietnam|VU Vanuatu|"
    "WF Wallis & Futuna|WS Samoa|XK Kosovo|YE Yemen|YT Mayotte|ZA South Africa|ZM Zambia|ZW Zimbabwe|ZZ Other country"
)
COUNTRIES: dict[str, str] = dict(entry.split(" ", 1) for entry in _NAMES.split("|"))
"""Names by ISO code."""

_NO_POSTAL_CODE = (
    "AC AE AG AI AO AW BF BI BJ BO BS BW BZ CD CF CG CI CK CM CW DJ DM ER FJ GA GD GH GM GN GQ GY HK JM KI KM KN LC LY ML MO "
    "MR MS MW NR NU PA QA RW SB SC SL SR ST SX TD TG TK TL TO TT TV UG VU WS YE ZW ZZ"
)
_WITHOUT_POSTAL_CODE = frozenset(_NO_POSTAL_CODE.split())
_WITHOUT_CITY = frozenset(("GI", "MC", "SG", "VA"))
_WITH_STATE = frozenset(("AU", "BR", "CA", "IN", "JP", "MX", "US"))
_FORMATS = {
    **dict.fromkeys(("DE", "ES", "FI", "FR", "IT", "MC", "MX"), (r"[0-9]{5}", "10115")),
    **dict.fromkeys(("AT", "AU", "BE", "CH", "DK", "HU", "LI", "LU", "NO", "NZ", "SI"), (r"[0-9]{4}", "1010")),
    **dict.fromkeys(("CZ", "GR", "SE", "SK"), (r"[0-9]{3} ?[0-9]{2}", "110 00")),
    "BR": (r"[0-9]{5}-?[0-9]{3}", "01310-100"),
    "CA": (r"[A-Z][0-9][A-Z] ?[0-9][A-Z][0-9]", "K1A 0B1"),
    "GB": (r"[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2}", "SW1A 1AA"),
    "IN": (r"[0-9]{6}", "110001"),
    "JP": (r"[0-9]{3}-?[0-9]{4}", "100-0001"),
    "NL": (r"[0-9]{4} ?[A-Z]{2}", "1012 AB"),
    "PL": (r"[0-9]{2}-[0-9]{3}", "00-001"),
    "PT": (r"[0-9]{4}-[0-9]{3}", "1000-001"),
    "US": (r"[0-9]{5}(-[0-9]{4})?", "94103"),
}


def needs_city(country: str) -> bool:
    """Return whether an address in a country has a city."""
    return country not in _WITHOUT_CITY


def needs_state(country: str) -> bool:
    """Return whether an address in a country has a state or a province."""
    return country in _WITH_STATE


def postal_code_problem(text: str, country: str) -> str:
    """Return what is wrong with a postal code, or "". Only the formats of some countries are known."""
    pattern, example = _FORMATS.get(country, (r".{1,20}", ""))
    if not text:
        return "" if country in _WITHOUT_POSTAL_CODE else "Enter the postal code."
    if re.fullmatch(pattern, text.upper()):
        return ""
    return f"Enter a valid postal code{f', such as {example}' if example else ''}."
