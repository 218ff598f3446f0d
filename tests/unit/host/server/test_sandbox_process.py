"""The sandbox as a process: it prints its keys and URLs, and each provider answers at the root of its own port."""

from collections.abc import Iterator

import httpx
import pytest

from support.processes import CliProcess

pytestmark = pytest.mark.process
PORTS = ("--port", "0", "--stripe-port", "0", "--paypal-port", "0", "--square-port", "0")
KEYS = ("--stripe-key", "sk_test_own", "--paypal-key", "own:secret")


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CliProcess]:
    folder = tmp_path_factory.mktemp("sandbox")
    with CliProcess("sandbox", *PORTS, *KEYS, env={"SANDBOX_SQUARE_KEY": "EAAAown"}, folder=folder) as started:
        started.wait_until_serving()
        yield started


@pytest.fixture
def printed(process: CliProcess) -> dict[str, str]:
    return process.settings


def call(method: str, url: str, **options: object) -> int:
    return httpx.request(method, url, trust_env=False, **options).status_code  # type: ignore[arg-type]


def test_it_prints_the_keys_of_its_arguments_and_of_its_environment(printed: dict[str, str]) -> None:
    keys = [printed[name] for name in ("STRIPE_SECRET_KEY", "PAYPAL_CLIENT_ID", "PAYPAL_CLIENT_SECRET", "SQUARE_ACCESS_TOKEN")]
    assert keys == ["sk_test_own", "own", "secret", "EAAAown"]


def test_it_prints_the_free_ports_that_it_took(process: CliProcess, printed: dict[str, str]) -> None:
    roots = process.serving["ports"]
    assert roots == {name: printed[f"{name.upper()}_API_BASE"] for name in ("stripe", "paypal", "square")}
    assert len({process.address, *roots.values()}) == 4


def test_stripe_answers_at_the_root_of_its_port(printed: dict[str, str]) -> None:
    auth = (printed["STRIPE_SECRET_KEY"], "")
    assert call("GET", f"{printed['STRIPE_API_BASE']}/v1/charges", auth=auth) == 200


def test_paypal_answers_at_the_root_of_its_port(printed: dict[str, str]) -> None:
    auth = (printed["PAYPAL_CLIENT_ID"], printed["PAYPAL_CLIENT_SECRET"])
    form = {"grant_type": "client_credentials"}
    assert call("POST", f"{printed['PAYPAL_API_BASE']}/v1/oauth2/token", auth=auth, data=form) == 200


def test_square_answers_at_the_root_of_its_port(printed: dict[str, str]) -> None:
    headers = {"authorization": f"Bearer {printed['SQUARE_ACCESS_TOKEN']}"}
    assert call("GET", f"{printed['SQUARE_API_BASE']}/v2/locations", headers=headers) == 200


def test_the_keys_replace_the_default_ones(printed: dict[str, str]) -> None:
    assert call("GET", f"{printed['STRIPE_API_BASE']}/v1/charges", auth=("sk_test_sandbox", "")) == 401
