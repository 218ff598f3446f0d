"""Every code block of every document does what the page says: it is run, or checked by the program that reads it.

A block in an unknown language fails, so that none is untested. The HTTP interface's JSON is held to a real shop's
answers in `test_interface.py`, diagrams are drawn in `tests/browser/test_docs_site.py`, and what the guide builds is judged in
`tests/conformance/test_fifth_provider.py`. The sandbox's page is run in `test_sandbox_page.py`, that of
hosts in `test_host_page.py`.
"""

import html.parser
import json
import re
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jsonschema
import pytest

from lightning_cart.domain.buyer import Address, Buyer, Contact
from lightning_cart.domain.line_item import LineItem
from lightning_cart.domain.money import Money
from lightning_cart.domain.price import Delivery
from lightning_cart.domain.taxes import TaxGroup
from lightning_cart_host.cli.codes.csv_file import read_code_file
from lightning_cart_host.cli.codes.fields import read_code_texts
from lightning_cart_host.server.catalog_folder import load_catalog
from support import ROOT
from support.app import OTHER, PRODUCTS, SHOP, Shop, make_catalog
from support.builders import NOW
from support.documents import BLOCKS, DOCUMENTS, Block, check_command, shell_commands
from support.merchants import FulfilmentHarness, merchants_catalog
from support.messages import check_message

pytestmark = pytest.mark.process

ELSEWHERE = {"mermaid"}
GUIDE = "docs/add-a-provider.md"
SANDBOX = "docs/sandbox.md"  # run by `test_sandbox_page.py`
SELLING = "docs/selling.md"  # built up by `test_selling_page.py`
HOST = "docs/host.md"  # run by `test_host_page.py`
LIBRARY = {("README.md", "python"), ("docs/library.md", "python"), ("docs/library.md", "toml")}  # run by `test_library.py`


def check_excerpt(block: Block) -> None:
    """Check that an excerpt is in the file that the page names."""
    assert block.text in (ROOT / block.file).read_text(encoding="utf-8")


def run_python(block: Block, _: Path) -> None:
    """Check that a block of Python is a complete program."""
    exec(compile(block.text, str(block), "exec"), {"__name__": "documented"})  # noqa: S102 - it is our own document


class _Form(html.parser.HTMLParser):
    """The action of a page's form, and its fields with their initial values."""

    def __init__(self) -> None:
        super().__init__()
        self.address = ""
        self.fields: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.address = found["action"]
        elif found.get("name"):
            self.fields[found["name"]] = found.get("value", "")


def run_html(block: Block, _: Path) -> None:
    """Check that a form buys, and that a line for the storefront is one of its lines, with a URL."""
    if "<form" in block.text:
        form = _Form()
        form.feed(block.text)
        answer = Shop().handle(
            "POST", form.address, urlencode(form.fields).encode(), content_type="application/x-www-form-urlencoded"
        )
        assert (answer.status, answer.header("location")) == (303, "https://checkout.stripe.com/c/pay/cs_test_1")
    else:
        line = re.sub(r'"https://[^"]*"', '""', block.text.strip())
        for page in ("index.html", "success.html"):
            assert line in (ROOT / "templates" / "test-checkout" / page).read_text(encoding="utf-8")


def _over(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """One table with another's lines added."""
    both = {name: _over(one[name], other[name]) for name in one.keys() & other.keys() if isinstance(one[name], dict)}
    return one | other | both


def run_toml(block: Block, _: Path) -> None:
    """Check products and sites with the catalogue's parser, and lines of wrangler.toml with wrangler's schema."""
    found = tomllib.loads(block.text)
    if "env" in found:
        whole = _over(tomllib.loads((ROOT / "wrangler.toml").read_text(encoding="utf-8")), found)
        schema = json.loads((ROOT / "node_modules" / "wrangler" / "config-schema.json").read_text(encoding="utf-8"))
        jsonschema.Draft7Validator(schema).validate(whole)
        return
    if "products" in found:
        assert list(make_catalog(block.text, SHOP).products) == list(found["products"])
        return
    (site,) = found["sites"]
    catalog = make_catalog(PRODUCTS, SHOP + OTHER + OTHER.replace("[sites.other]", block.text))
    assert list(catalog.sites) == ["shop", "other", site]


def run_shell(block: Block, folder: Path) -> None:
    lines = shell_commands(block.text)
    assert lines
    for line in lines:
        check_command(line, folder)


def _message() -> tuple[dict[str, str], bytes]:
    """Return the headers and the body that a merchant receives of a full cart."""
    shirt = LineItem("tshirt", "T-shirt", Money(1000, "USD"), 1, options={"size": "L", "colour": "blue"})
    mug = LineItem("mug", "Mug", Money(1400, "USD"), 1)
    address = Address("ES", "Ada Lovelace")
    shop = FulfilmentHarness(
        merchants_catalog(more="contact = true\n"),
        lines=(shirt, mug),
        taxes=(TaxGroup("21", "IVA", True, 1983, 417),),
        delivery=Delivery("post", "Standard post", (2, 4)),
        buyer=Buyer(address, ({}, {"engraving": "For Ada"})),
    )
    shop.now = time.time()
    shop.record(amount=Money(2400, "USD"), contact=Contact("ada@example.com", billing=address))
    shop.deliver()
    (request,) = shop.merchant.requests
    return dict(request.headers), request.body


def run_http(block: Block, _: Path) -> None:
    """Check that a request on the page has the headers of a real one, without the irrelevant ones."""
    first, *lines = block.text.splitlines()
    assert first == "POST /hooks/orders HTTP/1.1"
    assert [line.partition(": ")[0] for line in lines] == [name for name in _message()[0] if name != "user-agent"]


def names_in(value: object) -> object:
    """Return the names in a JSON document, except those that the merchant chooses."""
    if isinstance(value, dict):
        return {name: names_in(inner) for name, inner in value.items() if name != "metadata"}
    return [names_in(inner) for inner in value] if isinstance(value, list) else None


def run_json(block: Block, _: Path) -> None:
    """Check that a block is JSON, and that a message fits its schema and has the names of a real one."""
    document = json.loads(block.text)
    if block.page == "docs/fulfilment.md":
        check_message(block.text.encode())
        assert names_in(document) == names_in(json.loads(_message()[1]))


def run_demo(block: Block, folder: Path) -> None:
    """Check that the output of a program is in the table that the demo prints."""
    command = [sys.executable, "-m", "lightning_cart_host", "demo", "--once", "--strategy", "stripe_checkout"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=True)
    printed = [[cell.strip() for cell in line.split("│")[1:3]] for line in done.stdout.splitlines()]
    assert [row for line in block.text.splitlines() if (row := re.split(r"\s{2,}", line)) not in printed] == []


def run_csv(block: Block, _: Path) -> None:
    """Check that a file of codes has no mistake, for the example's catalogue."""
    read, catalog = read_code_file(block.text), load_catalog(ROOT / "config")
    found = [mistake for row in read.rows for mistake in (*row.mistakes, *read_code_texts(row.texts, catalog, NOW)[1])]
    assert (read.mistakes, found, bool(read.rows)) == ([], [], True)


RUNNERS: dict[str, Callable[[Block, Path], None]] = {
    "": run_demo,
    "csv": run_csv,
    "html": run_html,
    "http": run_http,
    "json": run_json,
    "python": run_python,
    "sh": run_shell,
    "toml": run_toml,
}


def is_run_elsewhere(block: Block) -> bool:
    elsewhere = {*LIBRARY, (SELLING, "toml"), (SELLING, "html")}
    return block.page in {SANDBOX, HOST} or block.language in ELSEWHERE or (block.page, block.language) in elsewhere


@pytest.mark.parametrize("block", [block for block in BLOCKS if not is_run_elsewhere(block)], ids=str)
def test_a_block_does_what_the_page_says(block: Block, tmp_path: Path) -> None:
    if block.page == GUIDE and block.file:
        check_excerpt(block)
        return
    assert block.language in RUNNERS, f"{block}: nothing here runs {block.language}"
    RUNNERS[block.language](block, tmp_path)


@pytest.mark.parametrize("page", DOCUMENTS)
def test_no_block_of_a_page_is_overlooked(page: str) -> None:
    fences = re.findall(r"^ *(?:```|~~~)", DOCUMENTS[page], re.MULTILINE)
    assert len(fences) == 2 * len([block for block in BLOCKS if block.page == page])
