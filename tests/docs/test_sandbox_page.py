"""Every block of docs/sandbox.md works with a running sandbox, and its lists name what the sandbox has."""

import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from lightning_cart_sandbox.keys import DEFAULT_KEYS
from lightning_cart_sandbox.paypal.endpoints import ENDPOINTS as PAYPAL_ENDPOINTS
from lightning_cart_sandbox.square.cards import TEST_CARDS as SQUARE_CARDS
from lightning_cart_sandbox.square.endpoints import ENDPOINTS as SQUARE_ENDPOINTS
from lightning_cart_sandbox.stripe.cards import TEST_CARDS
from lightning_cart_sandbox.stripe.endpoints import ENDPOINTS as STRIPE_ENDPOINTS
from support import ROOT
from support.documents import DOCUMENTS, Block, check_command, read_blocks, send_curl, shell_commands
from support.processes import CliProcess

pytestmark = pytest.mark.process

PAGE = "docs/sandbox.md"
PORTS = {"main": "8090", "stripe": "12111", "paypal": "12112", "square": "12113"}
NODE = ROOT / "node_modules" / ".bin" / "node"
COMMANDS = [line for block in read_blocks(PAGE, "sh") for line in shell_commands(block.text)]
CALLS = [line for line in COMMANDS if line.startswith("curl ")]


@pytest.fixture(scope="module")
def origins() -> Iterator[dict[str, str]]:
    """Run a sandbox as the page says, on free ports; return its origin for each origin on the page."""
    own = (f"--{name}-port=0" for name in ("stripe", "paypal", "square"))
    with CliProcess("sandbox", "--port", "0", *own) as sandbox:
        sandbox.wait_until_serving()
        found = {"main": sandbox.address, **sandbox.serving["ports"]}
        yield {f"http://127.0.0.1:{PORTS[name]}": origin for name, origin in found.items()}


@pytest.fixture(scope="module")
def web() -> Iterator[httpx.Client]:
    """Return a client for all calls: making one takes longer than a call."""
    with httpx.Client(trust_env=False) as client:
        yield client


def placed(text: str, origins: dict[str, str]) -> str:
    """Return a block with the URLs of the running sandbox."""
    for written, real in origins.items():
        text = text.replace(written, real)
    return text


@pytest.mark.parametrize("line", CALLS)
def test_a_call_of_curl_is_accepted(line: str, origins: dict[str, str], web: httpx.Client) -> None:
    answer = send_curl(web, placed(line, origins))
    assert answer.is_success, answer.text


def test_every_other_command_is_one_of_ours_or_installs_our_extra(tmp_path: Path) -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    for line in COMMANDS:
        if install := re.fullmatch(r'pip install "lightning-cart\[(\w+)\]"', line):
            assert install[1] in extras
        elif line not in CALLS:
            check_command(line, tmp_path)


@pytest.mark.parametrize("block", read_blocks(PAGE, "python"), ids=str)
def test_a_program_in_python_runs(block: Block, origins: dict[str, str]) -> None:
    command = [sys.executable, "-c", placed(block.text, origins)]
    env = {"NO_PROXY": "*", "PATH": str(Path(sys.executable).parent)}
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("block", read_blocks(PAGE, "js"), ids=str)
def test_a_program_in_node_prints_the_url_of_a_page(block: Block, origins: dict[str, str], web: httpx.Client) -> None:
    program = placed(block.text, origins)
    for written, real in origins.items():
        program = program.replace(f"port: {written.rpartition(':')[2]},", f"port: {real.rpartition(':')[2]},")
    command = [str(NODE), "--input-type=module", "--eval", program]
    env = {**os.environ, "NO_PROXY": "*"}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    assert web.get(done.stdout.strip()).status_code == 200


def php_value(tokens: list[str]) -> Any:
    """Return the next value of PHP's tokens: a text, a number, or an array, which is a list unless it has keys."""
    token = tokens.pop(0)
    if token != "[":
        return token.strip('"')
    items: list[tuple[Any, Any]] = []
    while tokens[0] != "]":
        value = php_value(tokens)
        if tokens[0] == "=>":
            tokens.pop(0)
            items.append((value, php_value(tokens)))
        else:
            items.append((len(items), value))
        if tokens[0] == ",":
            tokens.pop(0)
    tokens.pop(0)
    return dict(items)


def flat(value: Any, name: str = "") -> dict[str, str]:
    """Return the fields that `http_build_query` writes."""
    if not isinstance(value, dict):
        return {name: value}
    inner = [flat(part, f"{name}[{key}]" if name else str(key)) for key, part in value.items()]
    return {key: text for fields in inner for key, text in fields.items()}


def test_the_program_in_php_sends_what_the_first_call_of_curl_sends() -> None:
    (block,) = read_blocks(PAGE, "php")
    words = shlex.split(CALLS[0])
    array = block.text.partition("http_build_query(")[2]
    sent = flat(php_value(re.findall(r'"[^"]*"|=>|[\[\],]|\w+', array)))
    assert sent == dict(words[index + 1].split("=", 1) for index, word in enumerate(words) if word == "-d")
    assert re.findall(r'"([^"]*)"', block.text)[:2] == [words[3], words[2]]


def test_the_keys_on_the_page_are_those_of_the_sandbox() -> None:
    for keys in DEFAULT_KEYS.values():
        for key in keys:
            assert all(f"`{part}`" in DOCUMENTS[PAGE] for part in key.split(":"))


REFUSED = {  # a key for each row of the table, at each provider; the state that it is set to, or none
    "an unknown key": (("sk_test_x", "x:y", "EAAAx"), ""),
    "a revoked key": (("sk_test_gone", "gone:secret", "EAAAgone"), "revoked"),
    "a key without the permission": (("rk_test_some=charge_read", "", "EAAAsome=ORDERS_READ"), "active"),
    "a live key": (("sk_live_x", "live:secret", "EAAAlive"), ""),
}


def refusal(web: httpx.Client, provider: str, key: str, origins: dict[str, str]) -> tuple[int, str]:
    """Call a provider with a key; return the status and the code of the answer."""
    root = origins[f"http://127.0.0.1:{PORTS[provider]}"]
    bearer = f"-H 'Authorization: Bearer {key}'"
    call = {
        "stripe": f"curl -u {key}: {root}/v1/customers -d name=Ada",
        "paypal": f"curl -u {key} {root}/v1/oauth2/token -d grant_type=client_credentials",
        "square": f"curl {bearer} {root}/v2/locations",
    }
    answer = send_curl(web, call[provider])
    body = answer.json()
    found = {
        "stripe": lambda: body["error"].get("code", ""),
        "paypal": lambda: body["error"],
        "square": lambda: body["errors"][0]["code"],
    }
    return answer.status_code, found[provider]()


@pytest.mark.parametrize("name", REFUSED)
def test_a_wrong_key_is_refused_as_the_table_says(name: str, origins: dict[str, str], web: httpx.Client) -> None:
    row = re.search(rf"^\| {name} \| (.*) \|$", DOCUMENTS[PAGE], re.MULTILINE)
    assert row
    keys, state = REFUSED[name]
    for provider, key, cell in zip(DEFAULT_KEYS, keys, row[1].split(" | "), strict=True):
        wanted = re.match(r"(\d{3})(?: `(\w+)`)?", cell)
        assert bool(wanted) is bool(key)
        if wanted:
            known = key if provider == "paypal" else key.partition("=")[0]
            for step in ("add", state) if state else ():
                change = {"provider": provider, "key": key if step == "add" else known.partition(":")[0], "state": step}
                assert web.post(f"{origins['http://127.0.0.1:8090']}/api/keys", json=change).is_success
            assert refusal(web, provider, known, origins) == (int(wanted[1]), wanted[2] or "")


def test_the_cards_on_the_page_are_test_cards() -> None:
    numbers = {number.replace(" ", "") for number in re.findall(r"`([\d ]{15,19})`", DOCUMENTS[PAGE])}
    assert numbers
    assert numbers - TEST_CARDS.keys() - SQUARE_CARDS.keys() == set()


def resources(provider: str) -> list[str]:
    """Return the paths in the table of a provider."""
    table = DOCUMENTS[PAGE].partition(f"| {provider} | |\n|---|---|\n")[2].partition("\n\n")[0]
    return [path for row in table.splitlines() for path in re.findall(r"`([^`]+)`", row.split(" | ")[0])]


@pytest.mark.parametrize(
    ("provider", "paths"),
    [
        ("Stripe", {endpoint.path for endpoint in STRIPE_ENDPOINTS}),
        ("PayPal", {"/v1/oauth2/token", *(endpoint.path for endpoint in PAYPAL_ENDPOINTS)}),
        ("Square", {endpoint.path for endpoint in SQUARE_ENDPOINTS}),
    ],
)
def test_the_page_names_every_resource_and_no_other(provider: str, paths: set[str]) -> None:
    named = resources(provider)
    assert [path for path in sorted(paths) if not any(path == one or path.startswith(f"{one}/") for one in named)] == []
    assert [one for one in named if not any(path == one or path.startswith(f"{one}/") for path in paths)] == []
