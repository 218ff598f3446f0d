"""Sixty mistakes in configuration: each is told where it is made, in a sentence that a stranger can act on.

The commands themselves are run on a folder that is right but for one thing. No provider is asked.
"""

import functools
import json
import os
import re
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from lightning_cart.errors import ProviderUnavailable
from lightning_cart.http import HttpRequest, HttpResponse
from lightning_cart_host.cli import commands
from lightning_cart_host.cli import main as cli
from lightning_cart_host.cli.doctor import run
from lightning_cart_host.server import strategies
from support.command_line import COMMAND
from support.processes import without_settings

SETTINGS = {
    "PUBLIC_URL": "https://pay.shop.example",
    "RECEIPT_SECRET": "hush-6b1f0d4c8a2e7935b1f0d4c8a2e7935",
    "ADMIN_TOKEN": "hush-0f9e8d7c6b5a49382716f5e4d3c2b1a0",
    "STRIPE_SECRET_KEY": "sk_test_51hushQ7bRkT2mVxZ0aLpWn4",
    "STRIPE_WEBHOOK_SECRET": "whsec_hushA8sD2fG5hJ7kL1qW3eR6tY9u",
    "PAYPAL_CLIENT_ID": "AZDxjDScFpQtjWTOUtWKbyN_bDt4OgqaF4eYXlewfBP4",
    "PAYPAL_CLIENT_SECRET": "EGhushVx5Rt7Yw9Zq3Mn8Kp2Ls6Dj4Fb",
    "PAYPAL_WEBHOOK_ID": "8PT597110X687430L",
    "PAYPAL_API_BASE": "https://api-m.sandbox.paypal.com",
    "SQUARE_ACCESS_TOKEN": "EAAAhushl9K3mQ7xV2bN8tR5wZ1yC6dF",
    "SQUARE_LOCATION_ID": "L8GQ2M4V7X9ZK",
    "SQUARE_WEBHOOK_SIGNATURE_KEY": "hushR4t6Y8u0I2o5P7a9S1d",
    "SQUARE_WEBHOOK_URL": "https://pay.shop.example/webhook/square",
    "SQUARE_API_BASE": "https://connect.squareupsandbox.com",
    "FULFILMENT_SECRET": "whsec_aHVzaGh1c2hodXNoaHVzaDEyMzQ1Njc4OTA5ODc=",
}
SECRETS = re.compile(r"hush|aHVzaGh1")
PRODUCTS = """\
[products.mug]
name = "Mug"
prices = { USD = "12.50" }
"""
SITES = """\
[sites.shop]
name = "Shop"
success_page = "https://shop.example/thanks"
cancel_page = "https://shop.example/cart"
default_strategy = "stripe_checkout"
strategies = ["paypal", "square"]
origins = ["https://shop.example"]
address = ["1 Tea Road", "London"]
"""


CATALOG_CHECK, SERVE = ("catalog", "check"), ("serve", "--port", "0")
WHAT_TO_DO = re.compile(
    r"\b(?:write|enter|set|copy|save|add|remove|keep|leave|name|move|use|put|change|must|did you mean|such as|has 1 to)\b",
    re.IGNORECASE,
)


class Mistake(NamedTuple):
    """One mistake, and what has to be said about it.

    Args:
        said: A part of the sentence.
        where: The setting, or the file and the line.
        words: The command that says it.
        change: Settings instead of the right ones; empty for one that is left out.
        files: Files instead of the right ones; None for one that is not there.
        code: The exit code.
    """

    said: str
    where: str
    words: tuple[str, ...] = ("doctor",)
    change: Mapping[str, str] = {}
    files: Mapping[str, str | bytes | None] = {}
    code: int = 1


def setting(name: str, value: str, said: str) -> Mistake:
    """Return a mistake in one setting, which the doctor tells."""
    return Mistake(said, name, change={name: value})


def catalogue(file: str, old: str, new: str, said: str, line: int | None = None) -> Mistake:
    """Return a mistake in a catalogue file, which is the right one with another text in one place."""
    right = {"products.toml": PRODUCTS, "sites.toml": SITES}[file]
    assert old in right
    where = file if old == right else f"{file}:{line or right.partition(old)[0].count(chr(10)) + 1}"
    return Mistake(said, where, CATALOG_CHECK, files={f"config/{file}": right.replace(old, new)})


def product(old: str, new: str, said: str, line: int | None = None) -> Mistake:
    return catalogue("products.toml", old, new, said, line)


def site(old: str, new: str, said: str, line: int | None = None) -> Mistake:
    return catalogue("sites.toml", old, new, said, line)


def env_file(text: str | bytes, said: str, where: str) -> Mistake:
    """Return a mistake in `.env`, which the doctor tells."""
    return Mistake(said, where, files={".env": text})


RIGHT_ENV = "".join(f"{name}={value}\n" for name, value in SETTINGS.items())
NEXT_LINE = f".env: line {len(SETTINGS) + 1}"
PRICES, NAME = 'prices = { USD = "12.50" }', 'name = "Mug"'
NO_CATALOGUE = {"config/products.toml": None, "config/sites.toml": None}
STRIPE_ONLY = SITES.replace('strategies = ["paypal", "square"]\n', "")
PAYPAL_ONLY = STRIPE_ONLY.replace('"stripe_checkout"', '"paypal"')

MISTAKES = {
    # secrets and keys that cannot be any
    "a prefix alone": setting("STRIPE_WEBHOOK_SECRET", "whsec_", "is only the prefix whsec_: copy the whole value"),
    "a key's prefix alone": setting("STRIPE_SECRET_KEY", "sk_test_", "is only the prefix sk_test_: copy the whole value"),
    "an ellipsis of the example": setting("STRIPE_SECRET_KEY", "sk_test_…", "is still the example's …: enter your own value"),
    "three dots": setting("STRIPE_WEBHOOK_SECRET", "whsec_...", "is still the example's ...: enter your own value"),
    "the publishable key": setting("STRIPE_SECRET_KEY", "pk_test_51hushQ7bRkT2mVxZ0a", "enter the secret key beside it"),
    "an API key as the signing secret": setting("STRIPE_WEBHOOK_SECRET", "sk_test_51hushQ7bRkT2mVxZ0a", "(whsec_…)"),
    "a key of a documentation": setting("STRIPE_SECRET_KEY", "sk_test_4eC39HqLyjWDarjtT1zdp7dc", "which everybody knows"),
    "a fill-in": setting("STRIPE_WEBHOOK_SECRET", "whsec_your_secret_here", "is a fill-in of an example"),
    "an invisible character": setting("SQUARE_ACCESS_TOKEN", "EAAAhush\u200bl9K3mQ7xV2bN8tR5wZ", "has U+200B at character 9"),
    "half of a key": setting("SQUARE_WEBHOOK_SIGNATURE_KEY", "hush", "must have at least 16 characters: copy all of it"),
    "a key with a space": setting("PAYPAL_CLIENT_SECRET", "EGhushVx5Rt7Yw9Z q3Mn8Kp2Ls", "copy it again in one piece"),
    "one character, forty times": setting("RECEIPT_SECRET", "a" * 40, "repeats a few characters"),
    "a short secret": setting("RECEIPT_SECRET", "hush-hush", "must have at least 32 characters"),
    "a short token": setting("ADMIN_TOKEN", "hush-hush", "must have at least 32 characters"),
    "no token": setting("ADMIN_TOKEN", "", "not set, so the admin routes are closed"),
    "no secret for receipts": setting("RECEIPT_SECRET", "", "is not set"),
    "a webhook's id that is a URL": setting("PAYPAL_WEBHOOK_ID", "https://pay.shop.example/webhook/paypal", "enter the id"),
    "a merchant's e-mail address": setting("PAYPAL_MERCHANT_ID", "shop@shop.example", "must be the 13 capital letters"),
    "certificates that are none": setting("PAYPAL_TRUST_ANCHORS", "/etc/paypal.pem", "must hold certificates of RSA keys"),
    "a signing secret that is no base64": setting(
        "FULFILMENT_SECRET", f"whsec_{'hush!' * 9}", "the base64 of 24 to 64 random bytes"
    ),
    "an account that is none": setting("STRIPE_ACCOUNT", "my shop", "must start with acct_"),
    "yes instead of 1": setting("FULFILMENT_ALLOW_PRIVATE", "yes", "must be 1, or left out"),
    # URLs
    "a URL without a scheme": setting("PUBLIC_URL", "pay.shop.example", "must be an https URL"),
    "http on a public host": setting("PUBLIC_URL", "http://pay.shop.example", "must start with https://"),
    "a slash too many": setting("PUBLIC_URL", "https://pay.shop.example/", "must not end with a slash"),
    "no public URL": setting("PUBLIC_URL", "", "is not set"),
    "an API without a scheme": setting("PAYPAL_API_BASE", "api-m.paypal.com", "must be an https URL"),
    # settings that do not fit each other
    "live keys on this machine": Mistake(
        "can be reached from this machine only",
        "PUBLIC_URL",
        change={"PUBLIC_URL": "http://127.0.0.1:8080", "STRIPE_SECRET_KEY": "sk_live_51hushQ7bRkT2mVxZ0aLpWn4"},
    ),
    "a live key beside a sandbox": Mistake(
        "is for tests, and STRIPE_SECRET_KEY is live on the same site, shop: a test card would buy real goods",
        "PAYPAL_API_BASE",
        change={"STRIPE_SECRET_KEY": "sk_live_51hushQ7bRkT2mVxZ0aLpWn4"},
    ),
    "a notification URL of the old domain": setting(
        "SQUARE_WEBHOOK_URL", "https://old.example/webhook/square", "is at old.example"
    ),
    "a notification URL with a slash": setting(
        "SQUARE_WEBHOOK_URL", "https://pay.shop.example/webhook/square/", "ends with a slash"
    ),
    "the notification URL of another provider": setting(
        "SQUARE_WEBHOOK_URL", "https://pay.shop.example/webhook/stripe", "has the path"
    ),
    # .env
    "no .env": Mistake("there is no .env in this folder", ".env", files={".env": None}),
    "a colon for =": env_file(RIGHT_ENV + "STRIPE_ACCOUNT: acct_hush\n", "write = after the name", NEXT_LINE),
    "a name without a value": env_file("PUBLIC_URL\n" + RIGHT_ENV, "is not NAME=value", ".env: line 1"),
    "an open quotation mark": env_file(RIGHT_ENV + 'DATABASE="orders.db\n', 'without its closing "', NEXT_LINE),
    "a typographic quotation mark": env_file(RIGHT_ENV + "DATABASE=“orders.db”\n", 'write " or none', NEXT_LINE),
    "a misspelt name": env_file(RIGHT_ENV.replace("T_KEY=", "TKEY="), "did you mean STRIPE_SECRET_KEY?", "STRIPE_SECRETKEY"),
    "a name twice": env_file(RIGHT_ENV + "RECEIPT_SECRET=hush\n", "the last one counts", "RECEIPT_SECRET"),
    "UTF-16": env_file(RIGHT_ENV.encode("utf-16"), "save it as UTF-8", ".env"),
    "Latin-1": env_file("# Café\n".encode("latin-1") + RIGHT_ENV.encode(), "(line 1): save it as UTF-8", ".env"),
    # products.toml
    "a quotation mark left out": product('"Mug"', '"Mug', "a closing quotation mark is missing: write it"),
    "a price that is a number": product('"12.50"', "12.50", 'in quotation marks: write USD = "12.50"'),
    "a decimal comma": product('"12.50"', '"12,50"', 'is not a plain decimal number: write USD = "12.50"'),
    "three decimals": product('"12.50"', '"12.500"', "has more decimals than the 2 that USD has: write fewer"),
    "an unknown currency": product("USD", "US", "did you mean USD?"),
    "a misspelt key": product("prices", "price", "is not a known key here: did you mean prices?"),
    "a product without a name": product(f"{NAME}\n", "", "is missing: write what the buyer reads", 1),
    "an unknown interval": product(PRICES, f'{PRICES}\ninterval = "monthly"', 'must be "week", "month" or "year"', 4),
    "a site that is not there": product(PRICES, f'{PRICES}\nsites = ["shpo"]', "did you mean shop?", 4),
    "a quantity of nothing": product(PRICES, f"{PRICES}\nmax_quantity = 0", "must be a whole number from 1", 4),
    "a table in the singular": product("[products.mug]", "[product.mug]", "did you mean [products.ID]?"),
    "an id with a space": product("[products.mug]", '[products."my mug"]', "an id has 1 to 64 letters"),
    "a name that cannot be seen": product('"Mug"', '"\u200b\u2060"', "has only invisible characters (U+200B): write"),
    "a name that reorders text": product('"Mug"', '"Mug \u202egum"', "reorders the text around it: remove it"),
    "a price of nothing": product('"12.50"', '"0.00"', "must be above zero"),
    "no product": catalogue("products.toml", PRODUCTS, "# nothing yet\n", "add at least one table [products.ID]"),
    # sites.toml
    "a misspelt strategy": site('"stripe_checkout"', '"stripe-checkout"', "did you mean stripe_checkout?"),
    "a page that is neither URL nor path": site('"https://shop.example/cart"', '"cart.html"', "write /cart.html"),
    "a page on another origin": site('"https://shop.example/thanks"', '"https://other.example/thanks"', "write origins = ["),
    "www": site(
        '"https://shop.example/thanks"', '"https://www.shop.example/thanks"', "(https://shop.example is another origin): write"
    ),
    "an origin with a path": site('["https://shop.example"]', '["https://shop.example/"]', "write https://shop.example"),
    "an origin of http": site('["https://shop.example"]', '["http://shop.example"]', "write https://shop.example"),
    "no cancel page": site('cancel_page = "https://shop.example/cart"\n', "", "is missing: write an https URL", 1),
    "a key twice": site('strategies = ["paypal", "square"]', 'default_strategy = "paypal"', "is in line 5 already: keep one"),
    "an e-mail without a webhook": site("origins = ", "fulfilment_email = true\norigins = ", "without a valid fulfilment_url"),
    "a long text on the card's statement": site(
        "origins = ", 'statement_descriptor_suffix = "MY VERY LONG SHOP"\norigins = ', "must be 1 to 10 letters"
    ),
    # what two files say together
    "a subscription that nobody can charge": Mistake(
        "can never be bought: paypal cannot charge a recurring price",
        "products.toml:4",
        CATALOG_CHECK,
        files={"config/products.toml": PRODUCTS + 'interval = "month"\n', "config/sites.toml": PAYPAL_ONLY},
    ),
    "less than a provider charges": Mistake(
        "can never be bought: stripe_checkout cannot charge less than €0.50",
        "products.toml:3",
        CATALOG_CHECK,
        files={
            "config/products.toml": PRODUCTS.replace(PRICES, 'prices = { EUR = "0.10" }\nmax_quantity = 1'),
            "config/sites.toml": STRIPE_ONLY,
        },
    ),
    # folders and files
    "no catalogue to check": Mistake("copy the example from", "products.toml", CATALOG_CHECK, files=NO_CATALOGUE, code=2),
    "no catalogue to serve": Mistake("copy the example from", "products.toml", SERVE, files=NO_CATALOGUE, code=2),
    "no catalogue to reconcile with": Mistake(
        "copy the example from", "products.toml", ("reconcile",), files=NO_CATALOGUE, code=2
    ),
    "no sites": Mistake("copy the example from", "sites.toml", SERVE, files={"config/sites.toml": None}, code=2),
    "a storefront that is not there": Mistake(
        "name the storefront's with --storefront", "www", (*SERVE, "--storefront", "www"), code=2
    ),
    "a database that anybody could read": Mistake(
        "where anyone could read it: move one of them", "my.db", (*SERVE, "--storefront", ".", "--database", "my.db"), code=2
    ),
    "a database that is not there": Mistake(
        "name it with --database or DATABASE", "none.db", ("orders", "list", "--database", "none.db"), code=2
    ),
    "a database that is none": Mistake(
        "is not a database of Lightning-Cart: name another file",
        "my.db",
        ("orders", "list", "--database", "my.db"),
        files={"my.db": "hello " * 99},
        code=2,
    ),
    "a database of nothing": Mistake(
        "is not a database of Lightning-Cart: name another file",
        "my.db",
        ("orders", "list", "--database", "my.db"),
        files={"my.db": ""},
        code=2,
    ),
    "a port that is taken": Mistake("Name another one with --port", "port {taken}", ("serve", "--port", "{taken}"), code=2),
}


class Nobody:
    """Sends to providers that cannot be reached."""

    async def __call__(self, _: HttpRequest) -> HttpResponse:
        raise ProviderUnavailable("provider", "could not be reached")

    async def close(self) -> None:
        """Close nothing."""


class Told(NamedTuple):
    """What a command told: its exit code, and each finding on one line."""

    code: int
    findings: list[str]


type Tell = Callable[[Mistake], Told]


def findings_of(out: str, err: str) -> list[str]:
    """Return what was told: each check of the doctor that is not right, or the whole of what was said."""
    if not out.startswith("{"):
        return [" ".join((out + err).split())]
    checks = [json.loads(line) for line in out.splitlines()]
    return [f"{check['subject']}: {check['detail']} -> {check['advice']}" for check in checks if check["level"] != "ok"]


@pytest.fixture(scope="module")
def taken() -> Iterator[int]:
    """Listen on a port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@pytest.fixture
def tell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], taken: int) -> Tell:
    """Run the command of a mistake in a folder that is right but for that."""
    for name in os.environ.keys() - without_settings(os.environ):
        monkeypatch.delenv(name)
    monkeypatch.setattr(run, "HttpSend", Nobody)
    monkeypatch.setattr(run, "Outside", functools.partial(run.Outside, look_at_certificate=lambda _: []))
    monkeypatch.setattr(commands, "app", COMMAND)
    monkeypatch.setattr(strategies, "entry_points", lambda **_: ())  # reads the metadata of every distribution
    monkeypatch.chdir(tmp_path)

    def tell_one(mistake: Mistake) -> Told:
        env = {name: value for name, value in (SETTINGS | dict(mistake.change)).items() if value}
        right = {
            ".env": "".join(f"{name}={value}\n" for name, value in env.items()),
            "config/products.toml": PRODUCTS,
            "config/sites.toml": SITES,
        }
        for name, content in (right | dict(mistake.files)).items():
            if content is not None:
                path = tmp_path / name
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(content.encode() if isinstance(content, str) else content)
                path.chmod(0o600)
        words = [word.format(taken=taken) for word in mistake.words]
        monkeypatch.setattr(sys, "argv", ["lightning-cart", *words, *(["--json"] if words == ["doctor"] else [])])
        with pytest.raises(SystemExit) as end:
            cli.main()
        return Told(int(str(end.value.code or 0)), findings_of(*capsys.readouterr()))

    return tell_one


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_told_where_it_is_with_what_to_do(tell: Tell, taken: int, mistake: Mistake) -> None:
    told = tell(mistake)
    where = mistake.where.format(taken=taken)
    found = [finding for finding in told.findings if where in finding and mistake.said in finding]
    assert (told.code, len(found)) == (mistake.code, 1), told.findings
    assert WHAT_TO_DO.search(found[0])
    assert [finding for finding in told.findings if SECRETS.search(finding)] == []


def test_there_are_sixty_mistakes_at_least() -> None:
    assert len(MISTAKES) >= 60


def test_the_folder_is_right_without_a_mistake(tell: Tell) -> None:
    found = [finding.partition(":")[0] for finding in tell(Mistake("", "")).findings]
    assert found == ["database", "stripe", "paypal", "square", "running engine"]  # nothing runs, and nobody is asked


def test_the_catalogue_is_right_without_a_mistake(tell: Tell) -> None:
    assert tell(Mistake("", "", CATALOG_CHECK)).code == 0
