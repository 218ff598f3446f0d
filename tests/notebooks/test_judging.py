"""The notebook's judge says yes to the provider that the notebook builds, and no where something is wrong with it."""

import asyncio
import json
import re
from typing import Any

import pytest

from lightning_cart_notebook import judge
from lightning_cart_notebook.judging import QUESTIONS
from support.app import ROOT

BUGS = {  # what is wrong: what stands in the notebook, what then stands there, and the question whose answer must be no
    "it takes any signature": ("not hmac.compare_digest(", "not (lambda *_: True)(", "a webhook that was touched is refused"),
    "it needs no signature": (
        "if not hmac.compare_digest(",
        "if request.header(self.signature_header) and not hmac.compare_digest(",
        "a webhook without its signature is refused",
    ),
    "its key is drawn at random": (
        'f"chk-{order.id}-1"',
        '__import__("secrets").token_hex()',
        "the same order gives the same request, to the byte",
    ),
    "it shows its key": ("key: Secret", "key: str", "no secret shows in its representation"),
    "it takes an open payment for paid": (
        '{"paid": EventKind.PAID',
        '{"open": EventKind.PAID, "paid": EventKind.PAID',
        "declined",
    ),
    "it forgets the order's id": ('as_order_id(at(payment, "reference"))', '""', "a purchase ends paid, and the books agree"),
    "it cannot be read": (
        'return event_of((yield from call(self, "GET", f"/v1/payments/{order.session.id}")))',
        'raise ProviderRefused("pebble", "no")\n        yield',
        "the return alone settles it, if the webhooks are lost",
    ),
}


def provider(old: str = "", new: str = "") -> tuple[Any, Any]:
    """The two classes of the notebook, with something in them replaced."""
    cells = json.loads((ROOT / "notebooks" / "08_add_a_provider.ipynb").read_text(encoding="utf-8"))["cells"]
    sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    code = "\n\n".join(source for source in sources if re.search(r"^(?:def|class|from|import) ", source, re.MULTILINE))
    code = "\n".join(line for line in code.partition("class Careless")[0].splitlines() if not re.search(r"^\s*await ", line))
    if old:
        assert code.count(old) == 1, old
        code = code.replace(old, new)
    if "key: str" in code:
        code = code.replace('Secret(values["PEBBLE_KEY"][0])', 'values["PEBBLE_KEY"][0]').replace(
            "config.key.reveal()", "config.key"
        )
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102 - our own notebook
    return names["PebblePay"], names["Pebble"]


def answers(old: str = "", new: str = "") -> dict[str, str]:
    text = asyncio.run(judge(*provider(old, new))).text
    return {question: text.partition(f"  {question}")[2].partition("\n")[0].strip() for question in QUESTIONS}


def test_the_notebooks_provider_holds() -> None:
    assert set(answers().values()) == {"yes"}


@pytest.mark.parametrize("bug", BUGS)
def test_the_judge_finds_that(bug: str) -> None:
    old, new, question = BUGS[bug]
    found = answers(old, new)
    assert [said for asked, said in found.items() if question in asked and said.startswith("no")], found
