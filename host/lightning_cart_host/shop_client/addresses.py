"""Addresses that a scripted buyer enters, one for each of the countries that shops often deliver to."""

from collections.abc import Mapping

DEFAULT_COUNTRY = "ES"
"""The country that the buyer chooses if the page offers it."""

_TEXTS = """
AT|Stephansplatz 3|Wien||1010
AU|1 Macquarie Street|Sydney|NSW|2000
BE|Rue de la Loi 16|Bruxelles||1000
BR|Avenida Paulista 1578|São Paulo|SP|01310-200
CA|111 Wellington Street|Ottawa|ON|K1A 0A9
CH|Bundesplatz 3|Bern||3005
CZ|Pražský hrad 1|Praha||119 08
DE|Platz der Republik 1|Berlin||11011
DK|Christiansborg 1|København||1218
ES|Carrer de la Rutlla 1|Sabadell|Barcelona|08201
FI|Mannerheimintie 30|Helsinki||00102
FR|55 Rue du Faubourg Saint-Honoré|Paris||75008
GB|221B Baker Street|London||NW1 6XE
GR|Vasilissis Sofias 2|Athina||106 71
HU|Kossuth Lajos tér 1|Budapest||1055
IE|Merrion Street Upper 2|Dublin|Dublin|D02 R583
IN|Rajpath 1|New Delhi|Delhi|110001
IT|Piazza di Monte Citorio 1|Roma|RM|00186
JP|1-7-1 Nagatacho|Chiyoda|Tokyo|100-0014
LI|Peter-Kaiser-Platz 1|Vaduz||9490
LU|Rue du Marché-aux-Herbes 23|Luxembourg||1728
MC|Place du Palais 1|Monaco||98000
MX|Avenida Juárez 20|Ciudad de México|CDMX|06010
NL|Binnenhof 1|Den Haag||2513 AA
NO|Karl Johans gate 22|Oslo||0026
NZ|1 Molesworth Street|Wellington||6011
PL|Wiejska 4|Warszawa||00-902
PT|Rua de São Bento 176|Lisboa||1249-068
SE|Riksgatan 1|Stockholm||100 12
SI|Šubičeva ulica 4|Ljubljana||1000
SK|Námestie Alexandra Dubčeka 1|Bratislava||812 80
US|1600 Pennsylvania Avenue NW|Washington|DC|20500
"""
_PARTS = ("line1", "city", "state", "postal_code")
_ADDRESSES = {
    country: dict(zip(_PARTS, texts, strict=True))
    for country, *texts in (line.split("|") for line in _TEXTS.strip().splitlines())
}
_ELSEWHERE = {"line1": "1 Main Street", "city": "Capital", "state": "Capital", "postal_code": "10000"}


def address_in(country: str) -> Mapping[str, str]:
    """Return `line1`, `city`, `state` and `postal_code` of an address; `state` is empty where addresses have none.

    Args:
        country: The country's code of two letters. Of one that is not in the list, the address is made up.
    """
    return _ADDRESSES.get(country, _ELSEWHERE)
