"""The metrics of a running server: on its own port with the token, on a port of their own, and as the sum over its workers."""

from collections.abc import Iterator

import httpx
import pytest

from support import ROOT
from support.builders import ADMIN_TOKEN, RECEIPT_SECRET
from support.processes import CliProcess
from unit.host.server.test_metrics import samples

pytestmark = pytest.mark.process

HEALTHY = 'lightning_cart_request_duration_seconds_count{route="/health",method="GET",status="5xx"}'


@pytest.fixture(scope="module", params=[1, 2], ids=["one worker", "two workers"])
def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CliProcess]:
    folder = tmp_path_factory.mktemp("metrics")
    options = ("--port", "0", "--workers", str(request.param), "--metrics-port", "0", "--config", str(ROOT / "config"))
    settings = {"RECEIPT_SECRET": RECEIPT_SECRET, "ADMIN_TOKEN": ADMIN_TOKEN}
    with CliProcess("serve", *options, env=settings, folder=folder) as process:
        process.wait_until_serving()
        yield process


def own_address(shop: CliProcess) -> str:
    """Return the URL that it logged for Prometheus."""
    return str(next(line["address"] for line in shop.lines if line["event"] == "metrics"))


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    """Return a client whose requests each have a connection of their own, which any worker may accept."""
    with httpx.Client(trust_env=False, headers={"connection": "close"}) as made:
        yield made


def read(client: httpx.Client, url: str, **headers: str) -> dict[str, float]:
    response = client.get(url, headers=headers)
    assert response.status_code == 200, response.text
    return samples(response.text)


def test_whichever_worker_is_asked_it_shows_what_all_have_counted(shop: CliProcess, client: httpx.Client) -> None:
    before = read(client, own_address(shop)).get(HEALTHY, 0)
    for _ in range(20):
        client.get(f"{shop.address}/health")
    for _ in range(5):
        assert read(client, own_address(shop))[HEALTHY] == before + 20


def test_it_is_shown_on_the_port_of_the_engine_to_an_operator(shop: CliProcess, client: httpx.Client) -> None:
    assert client.get(f"{shop.address}/metrics").status_code == 401
    found = read(client, f"{shop.address}/metrics", authorization=f"Bearer {ADMIN_TOKEN}")
    assert found["lightning_cart_database_up"] == 1
    assert found['lightning_cart_database_duration_seconds_count{outcome="ok"}'] > 0


def test_every_worker_says_when_it_started(shop: CliProcess, client: httpx.Client) -> None:
    started = [name for name in read(client, own_address(shop)) if name.startswith("lightning_cart_worker_start_time_seconds")]
    assert len(started) == shop.serving["workers"]


def test_the_port_of_the_metrics_shows_nothing_else(shop: CliProcess, client: httpx.Client) -> None:
    address = own_address(shop).removesuffix("/metrics")
    assert [client.get(f"{address}{path}").status_code for path in ("/health", "/products")] == [404, 404]
