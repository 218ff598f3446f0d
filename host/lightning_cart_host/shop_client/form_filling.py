"""Fills in the forms of pay pages. The form's fields decide what is entered, not the provider."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lightning_cart_host.shop_client.html_forms import Form, read_forms

BUTTON_NAME = "action"  # of every button that pays, approves, declines or cancels

_PERSON = {"name": "Ada Lovelace", "email": "ada@example.com"}
# Test cards from the providers' documentation. The sandbox's ledger shows both as Banco Sabadell.
CARD = {"card_number": "4242 4242 4242 4242", "expiry": "12/49", "cvc": "123", **_PERSON}
# A form with a postal code checks it with the bank, so it needs a test card that has one.
CARD_WITH_ADDRESS = CARD | {"card_number": "4111 1111 1111 1111", "cvc": "111", "postal_code": "08201"}
# The delivery address of Square's page in the sandbox, which has these fields only if the shop asks for one.
_DELIVERY = {
    "phone": "+34931234567",
    "ship_name": "Ada Lovelace",
    "ship_line_1": "Carrer de la Rutlla 1",
    "ship_city": "Sabadell",
    "ship_postal_code": "08201",
    "ship_country": "ES",
}
# The same of Stripe's page.
_SHIPPING = {
    "phone": "+34931234567",
    "shipping_name": "Ada Lovelace",
    "shipping_line1": "Carrer de la Rutlla 1",
    "shipping_city": "Sabadell",
    "shipping_state": "Barcelona",
    "shipping_postal_code": "08201",
}


@dataclass(frozen=True, slots=True)
class _FormRecipe:
    """The values and the button for a form that has these fields."""

    fields: frozenset[str]
    button: str
    values: Mapping[str, str]
    title: str


_RECIPES = (
    _FormRecipe(
        frozenset({"card_number", "postal_code"}),
        "pay",
        CARD_WITH_ADDRESS | _DELIVERY,
        f"The buyer pays with the test card {CARD_WITH_ADDRESS['card_number']} of Banco Sabadell",
    ),
    _FormRecipe(
        frozenset({"card_number"}),
        "pay",
        CARD | _SHIPPING,
        f"The buyer pays with the test card {CARD['card_number']} of Banco Sabadell",
    ),
    _FormRecipe(frozenset(), "approve", {}, "The buyer approves the payment from Banco Sabadell"),
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
                values = {name: recipe.values.get(name, given) for name, given in form.fields.items()}
                return FilledForm(form.action, form.method, {**values, BUTTON_NAME: recipe.button}, recipe.title)
    return None
