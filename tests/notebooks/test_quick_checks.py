"""The quick checks pass for the provider that the notebook builds, and each mistake in it fails one of them."""

import asyncio
import json
import re
from typing import Any

import pytest

from lightning_cart_notebook import check_provider
from lightning_cart_notebook.quick_checks import CHECKS
from support import ROOT

BUGS = {  # the mistake: text of the notebook, its replacement, and the check that must fail
    "it takes any signature": (
        "not hmac.compare_digest(",
        "not (lambda *_: True)(",
        "a webhook with a changed body is refused",
    ),
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
    "it shows its key": ("key: Secret", "key: str", "the strategy's representation contains no secret"),
    "it takes an open payment for paid": (
        '{"paid": EventKind.PAID',
        '{"open": EventKind.PAID, "paid": EventKind.PAID',
        "a declined payment does not pay the order",
    ),
    "its webhooks forget the checkout's id": (
        'checkout_ref=get_id(payment, "id")',
        'checkout_ref=""',
        "the webhook alone pays the order, if the buyer never returns",
    ),
    "it cannot be read": (
        'return self.reading(order, (yield from call(self, "GET", f"/v1/payments/{order.session.id}")))',
        'raise ProviderRefused("pebble", "no")\n        yield',
        "the return alone pays the order, if the webhooks are lost",
    ),
}


def provider(old: str = "", new: str = "") -> tuple[Any, Any]:
    """Return the two classes of the notebook, with some source text replaced."""
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


def results(old: str = "", new: str = "") -> dict[str, str]:
    text = asyncio.run(check_provider(*provider(old, new))).text
    return {name: text.partition(f"  {name}")[2].partition("\n")[0].strip() for name in CHECKS}


def test_the_notebooks_provider_holds() -> None:
    assert set(results().values()) == {"yes"}


@pytest.mark.parametrize("bug", BUGS)
def test_a_mistake_fails_its_check(bug: str) -> None:
    old, new, check = BUGS[bug]
    found = results(old, new)
    assert found[check].startswith("no"), found
