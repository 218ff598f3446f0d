"""What a buyer types and presses on a hosted page, found by what its form asks for: whose page it is, nobody asks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lightning_cart_host.shop_client.html_forms import Form, read_forms

BUTTONS = "action"  # the name of every button that decides something

_PERSON = {"name": "Ada Lovelace", "email": "ada@example.com"}
# Test cards of the providers' own documents; the sandbox's ledger shows Banco Sabadell as the bank behind each.
CARD = {"card_number": "4242 4242 4242 4242", "expiry": "12/49", "cvc": "123", **_PERSON}
# Who asks for the postal code compares it with the bank's, so there the card is one that knows its owner's.
CARD_WITH_ADDRESS = CARD | {"card_number": "4111 1111 1111 1111", "cvc": "111", "postal_code": "08201"}


@dataclass(frozen=True, slots=True)
class _FormRecipe:
    """What a buyer does with a form that asks for these fields and has this button."""

    fields: frozenset[str]
    button: str
    values: Mapping[str, str]
    title: str


_RECIPES = (
    _FormRecipe(
        frozenset({"card_number", "postal_code"}),
        "pay",
        CARD_WITH_ADDRESS,
        f"The buyer pays with the test card {CARD_WITH_ADDRESS['card_number']} of Banco Sabadell",
    ),
    _FormRecipe(
        frozenset({"card_number"}), "pay", CARD, f"The buyer pays with the test card {CARD['card_number']} of Banco Sabadell"
    ),
    _FormRecipe(frozenset(), "approve", {}, "The buyer approves the payment from Banco Sabadell"),
)


@dataclass(frozen=True, slots=True)
class FilledForm:
    """A form that is ready to be sent.

    Args:
        action: Where it goes, as written.
        method: In upper case.
        data: What it sends.
        title: What the buyer does with it, in words.
    """

    action: str
    method: str
    data: Mapping[str, str]
    title: str


def _fits(form: Form, habit: _FormRecipe) -> bool:
    return habit.fields <= form.fields.keys() and (BUTTONS, habit.button) in form.buttons


def fill_form(page: str) -> FilledForm | None:
    """Fill in the form of a pay page.

    Args:
        page: Its HTML.

    Returns:
        The form, or `None` where none is of a sort that the buyer knows.
    """
    forms: Sequence[Form] = read_forms(page)
    for habit in _RECIPES:
        for form in forms:
            if _fits(form, habit):
                typed = {name: habit.values.get(name, given) for name, given in form.fields.items()}
                return FilledForm(form.action, form.method, {**typed, BUTTONS: habit.button}, habit.title)
    return None
