"""Fills in the forms of pay pages. The form's fields decide what is entered, not the provider.

The names of an address's fields are those of the sandbox's pages, which have them only if the shop asks for an address.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lightning_cart_host.shop_client.addresses import DEFAULT_COUNTRY, address_in
from lightning_cart_host.shop_client.html_forms import Form, read_forms

BUTTON_NAME = "action"  # of every button that pays, approves, declines or cancels

_PERSON = {"name": "Ada Lovelace", "email": "ada@example.com"}
# Test cards from the providers' documentation. The sandbox's ledger shows both as Banco Sabadell.
CARD = {"card_number": "4242 4242 4242 4242", "expiry": "12/49", "cvc": "123", **_PERSON}
# A form with a postal code checks it with the bank, so it needs a test card that has one.
CARD_WITH_ADDRESS = CARD | {"card_number": "4111 1111 1111 1111", "cvc": "111", "postal_code": "08201"}
_PHONE = "+34931234567"
_RECIPIENT = _PERSON["name"]
# What the names of an address's fields begin with: of a delivery address and of a billing address.
_ADDRESS_PREFIXES = ("shipping_", "billing_", "ship_")
_PART_NAMES = {"line1": ("line1", "line_1"), "city": ("city",), "state": ("state",), "postal_code": ("postal_code",)}


@dataclass(frozen=True, slots=True)
class _FormRecipe:
    """The values and the button for a form that has these fields, and whether the buyer types addresses into it."""

    fields: frozenset[str]
    button: str
    values: Mapping[str, str]
    title: str
    types_addresses: bool = True


_RECIPES = (
    _FormRecipe(
        frozenset({"card_number", "postal_code"}),
        "pay",
        CARD_WITH_ADDRESS,
        f"The buyer pays with the test card {CARD_WITH_ADDRESS['card_number']} of Banco Sabadell",
    ),
    _FormRecipe(
        frozenset({"card_number"}),
        "pay",
        CARD,
        f"The buyer pays with the test card {CARD['card_number']} of Banco Sabadell",
    ),
    _FormRecipe(frozenset(), "approve", {}, "The buyer approves the payment from Banco Sabadell", types_addresses=False),
)


@dataclass(frozen=True, slots=True)
class FilledForm:
    """A form that is ready to be submitted.

    Args:
        action: The form's URL, as written in the page.
        method: The HTTP method, in upper case.
        data: The form data.
        title: What the buyer does with the form, in words.
    """

    action: str
    method: str
    data: Mapping[str, str]
    title: str


def _matches(form: Form, recipe: _FormRecipe) -> bool:
    return recipe.fields <= form.fields.keys() and (BUTTON_NAME, recipe.button) in form.buttons


def _typed_address(form: Form, prefix: str) -> dict[str, str]:
    """Return an address in the country that is chosen already, or else in the default one if the form offers it."""
    name = f"{prefix}country"
    offered = form.options.get(name, [DEFAULT_COUNTRY])
    is_free = name not in form.filled_in
    country = DEFAULT_COUNTRY if is_free and DEFAULT_COUNTRY in offered else form.fields.get(name, DEFAULT_COUNTRY)
    address = address_in(country)
    typed = {f"{prefix}{variant}": address[part] for part, variants in _PART_NAMES.items() for variant in variants}
    return {**typed, name: country, f"{prefix}name": _RECIPIENT}


def _fill(form: Form, recipe: _FormRecipe) -> dict[str, str]:
    """Return the data of a form. What the page has filled in stays as it is."""
    values = {**recipe.values, "phone": _PHONE}
    for prefix in _ADDRESS_PREFIXES if recipe.types_addresses else ():
        values |= _typed_address(form, prefix)
    return {name: given if name in form.filled_in else values.get(name, given) for name, given in form.fields.items()}


def fill_form(page: str) -> FilledForm | None:
    """Fill in the form of a pay page.

    Args:
        page: The page's HTML.

    Returns:
        The first form that matches a recipe, or `None`.
    """
    forms: Sequence[Form] = read_forms(page)
    for recipe in _RECIPES:
        for form in forms:
            if _matches(form, recipe):
                data = {**_fill(form, recipe), BUTTON_NAME: recipe.button}
                return FilledForm(form.action, form.method, data, recipe.title)
    return None
