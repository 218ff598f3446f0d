"""Proxies of the environment: for what leaves this machine, but for what `NO_PROXY` names."""

import pytest

from lightning_cart_host.adapters.proxies import Proxies

PROXY = "http://proxy.example:3128"


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def find(scheme: str = "https", host: str = "api.stripe.com", port: int = 443) -> str | None:
    return Proxies().find(scheme, host, port)


def test_without_one_the_connection_is_direct() -> None:
    assert find() is None


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_the_proxy_of_the_scheme_or_of_all_is_used(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, PROXY)
    assert find() == PROXY


def test_the_proxy_of_another_scheme_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", PROXY)
    assert find() is None


def test_a_proxy_without_a_scheme_speaks_http(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "proxy.example:3128")
    assert find() == PROXY


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1"])
def test_this_machine_is_reached_without_one(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", PROXY)
    assert find("http", host, 8080) is None


@pytest.mark.parametrize("excepted", ["*", "api.stripe.com", ".stripe.com", "stripe.com", "api.stripe.com:443"])
def test_what_no_proxy_names_is_reached_without_one(excepted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", PROXY)
    monkeypatch.setenv("NO_PROXY", f"shop.example,{excepted}")
    assert find() is None


def test_what_no_proxy_does_not_name_is_reached_by_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", PROXY)
    monkeypatch.setenv("NO_PROXY", "shop.example")
    assert find() == PROXY
