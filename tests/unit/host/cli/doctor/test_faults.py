"""The doctor against providers and an engine that are wrong in many ways: it names the fault, and nothing else fails."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lightning_cart.errors import ProviderTimeout, ProviderUnavailable
from lightning_cart.http import HttpResponse
from lightning_cart_host.cli.doctor.check import Check
from support.builders import RECEIPT_SECRET, STRIPE_LIVE_KEY
from support.doctor import PUBLIC_URL, SANDBOX_URL, WEBHOOK_REPLY, CheckedShop, checked_shop, health

STRIPE, PAYPAL, SQUARE = "webhook_endpoint", "paypal.webhook", "square.webhook_subscription"
HTML = HttpResponse(200, {"content-type": "text/html; charset=utf-8"}, b"<title>Welcome to the hotel's network</title>")

type Break = Callable[[CheckedShop], object]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[CheckedShop]:
    with checked_shop(tmp_path) as made:
        yield made


def set_env(**env: str) -> Break:
    return lambda shop: shop.env.update(env)


def change(kind: str, **changes: object) -> Break:
    return lambda shop: shop.change(kind, **changes)


def reply(start: str, answer: HttpResponse | Exception) -> Break:
    return lambda shop: shop.replies.update({start: answer})


def delete_webhook(shop: CheckedShop) -> None:
    shop.sandbox.store.delete(PAYPAL, shop.find(PAYPAL)["id"])


def be_late(seconds: int) -> Break:
    return lambda shop: setattr(shop, "ahead", seconds)


FAULTS: dict[str, tuple[Break, str, str, str]] = {
    "wrong key": (
        set_env(STRIPE_SECRET_KEY="sk_test_of_another_account"),
        "fail",
        "stripe",
        "answered 401: the key is refused",
    ),
    "key that may not read endpoints": (
        set_env(STRIPE_SECRET_KEY="rk_test_checkout_of_this_machine"),
        "warn",
        "stripe webhook",
        "not looked at: this key may not read webhook endpoints",
    ),
    "no endpoint": (
        delete_webhook,
        "fail",
        "paypal webhook",
        "there is no endpoint for https://pay.shop.example/webhook/paypal",
    ),
    "endpoint disabled": (change(STRIPE, status="disabled"), "fail", "stripe webhook", "is disabled and sends nothing"),
    "subscription disabled": (change(SQUARE, enabled=False), "fail", "square webhook", "is disabled and sends nothing"),
    "endpoint with www": (
        change(STRIPE, url="https://www.pay.shop.example/webhook/stripe"),
        "fail",
        "stripe webhook",
        "not to https://pay.shop.example/webhook/stripe: it has the www. of the host",
    ),
    "endpoint of the old host": (
        change(PAYPAL, url="https://old.example/webhook/paypal"),
        "fail",
        "paypal webhook",
        "not to https://pay.shop.example/webhook/paypal: its host is old.example",
    ),
    "endpoint with a slash": (
        change(SQUARE, notification_url="https://pay.shop.example/webhook/square/"),
        "fail",
        "square webhook",
        "not to https://pay.shop.example/webhook/square: it has a slash at its end",
    ),
    "endpoint by http": (
        change(STRIPE, url="http://pay.shop.example/webhook/stripe"),
        "fail",
        "stripe webhook",
        "it begins with http: instead of https:",
    ),
    "events missing": (
        change(SQUARE, event_types=["payment.updated", "payment.created", "refund.updated", "dispute.created"]),
        "fail",
        "square webhook",
        "does not send dispute.state.updated, refund.created",
    ),
    "another webhook's id": (
        set_env(PAYPAL_WEBHOOK_ID="8PT597110X687430LKGECATA"),
        "fail",
        "paypal webhook",
        "PAYPAL_WEBHOOK_ID is not that of the endpoint at https://pay.shop.example/webhook/paypal",
    ),
    "another subscription's key": (
        set_env(SQUARE_WEBHOOK_SIGNATURE_KEY="Kq3vTn8yBw5sXz2cLm7RfA"),
        "fail",
        "square webhook",
        "SQUARE_WEBHOOK_SIGNATURE_KEY is not that of the endpoint at https://pay.shop.example/webhook/square",
    ),
    "malformed PUBLIC_URL": (set_env(PUBLIC_URL=f"{PUBLIC_URL}/"), "fail", "PUBLIC_URL", "must not end with a slash"),
    "one secret for two uses": (
        set_env(ADMIN_TOKEN=RECEIPT_SECRET),
        "fail",
        "ADMIN_TOKEN",
        "is the same as RECEIPT_SECRET",
    ),
    "clock ahead": (be_late(312), "fail", "clock", "312 seconds ahead of the clock of"),
    "clock behind": (be_late(-60), "warn", "clock", "seconds behind the clock of"),
    "wrong location": (
        set_env(SQUARE_LOCATION_ID="L0000000000000"),
        "fail",
        "square",
        "SQUARE_LOCATION_ID names no location of SQUARE_ACCESS_TOKEN's account",
    ),
    "provider down": (reply(f"{SANDBOX_URL}/stripe", HttpResponse(503)), "fail", "stripe", "answered 503"),
    "nobody there": (
        reply(f"{SANDBOX_URL}/paypal", ProviderTimeout("127.0.0.1", "did not answer in time")),
        "fail",
        "paypal",
        "did not answer in time",
    ),
    "redirect": (
        reply(f"{SANDBOX_URL}/square", HttpResponse(301, {"location": "https://squareup.com/"})),
        "fail",
        "square",
        "answered 301, a redirect to https://squareup.com/",
    ),
    "web page": (reply(f"{SANDBOX_URL}/stripe", HTML), "fail", "stripe", "answered 200 with a web page instead of data"),
    "not the API": (reply(f"{SANDBOX_URL}/stripe", HttpResponse(404)), "fail", "stripe", "answered 404 without an error code"),
    "no engine": (
        reply(PUBLIC_URL, ProviderUnavailable("pay.shop.example", "could not be reached (ConnectError)")),
        "fail",
        "running engine",
        "https://pay.shop.example could not be reached (ConnectError)",
    ),
    "another program": (
        reply(PUBLIC_URL, HTML),
        "fail",
        "running engine",
        "https://pay.shop.example/health is answered by another program: 200 with text/html",
    ),
    "PUBLIC_URL redirects": (
        reply(PUBLIC_URL, HttpResponse(301, {"location": "https://www.pay.shop.example/health"})),
        "fail",
        "running engine",
        "redirects to https://www.pay.shop.example/health",
    ),
    "another program that is healthy": (
        reply(f"{PUBLIC_URL}/webhook", HTML),
        "fail",
        "running engine",
        "https://pay.shop.example/webhook is answered by another program: 200 with text/html",
    ),
    "an engine of other settings": (
        reply(PUBLIC_URL, HttpResponse(200, {}, b'{"status": "ok"}')),
        "warn",
        "running engine",
        "does not know this ADMIN_TOKEN",
    ),
    "nonsense": (
        reply(PUBLIC_URL, HttpResponse(200, {}, b"[" * 100_000)),
        "fail",
        "running engine",
        "is answered by another program: 200 with no content type",
    ),
    "another version": (
        reply(PUBLIC_URL, health(version="0.0.9")),
        "warn",
        "running engine",
        "version 0.0.9 answers at https://pay.shop.example/health, and this is",
    ),
    "engine unavailable": (
        reply(PUBLIC_URL, health(503, missing=["RECEIPT_SECRET"], database="unavailable")),
        "fail",
        "running engine",
        "/health answered 503: missing RECEIPT_SECRET, and its database is unavailable",
    ),
    "http without a redirect": (
        reply("http://pay.shop.example", health()),
        "warn",
        "https",
        "http://pay.shop.example answers without a redirect to https",
    ),
}


def test_nothing_is_wrong_with_the_shop_that_the_tests_break(shop: CheckedShop) -> None:
    assert [check for check in shop.check() if check.level != "ok"] == []


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_named_in_a_sentence_with_what_to_do_and_nothing_else_is_wrong(shop: CheckedShop, fault: str) -> None:
    break_it, level, subject, sentence = FAULTS[fault]
    break_it(shop)
    (found,) = [check for check in shop.check() if check.level != "ok"]
    assert (found.subject, found.level, sentence in found.detail) == (subject, level, True), found
    assert len(found.advice) > 20


@pytest.mark.parametrize(
    ("changes", "setting", "sentence", "provider"),
    [
        ({"STRIPE_SECRET_KEY": STRIPE_LIVE_KEY}, "STRIPE_SECRET_KEY", "is live, and STRIPE_API_BASE is for tests", "stripe"),
        (
            {"SQUARE_WEBHOOK_URL": "https://www.pay.shop.example/webhook/square"},
            "SQUARE_WEBHOOK_URL",
            "because of www",
            "square",
        ),
    ],
)
def test_a_provider_is_not_asked_with_settings_that_do_not_fit_together(
    shop: CheckedShop, changes: dict[str, str], setting: str, sentence: str, provider: str
) -> None:
    shop.env.update(changes)
    found = {check.subject: check for check in shop.check() if check.level != "ok"}
    assert found.keys() == {setting, provider}
    assert (sentence in found[setting].detail, found[provider].detail.startswith("not asked")) == (True, True)
    assert [request for request in shop.requests if f"/{provider}/" in request.url] == []


def test_the_operators_token_goes_to_nothing_but_the_engine(shop: CheckedShop) -> None:
    shop.replies[PUBLIC_URL] = HTML
    shop.check()
    assert [request for request in shop.requests if request.url.startswith(PUBLIC_URL) and request.headers] == []


def test_the_operators_token_does_not_go_to_another_program_that_is_healthy(shop: CheckedShop) -> None:
    shop.replies |= {f"{PUBLIC_URL}/webhook": HTML, PUBLIC_URL: health()}
    shop.check()
    assert [request for request in shop.requests if request.url.startswith(PUBLIC_URL) and request.headers] == []


@pytest.mark.parametrize("token", ["\N{HORIZONTAL ELLIPSIS}32 random characters or more\N{HORIZONTAL ELLIPSIS}", "short"])
def test_a_token_that_is_refused_is_not_sent(shop: CheckedShop, token: str) -> None:
    found = {check.subject: check.level for check in shop.check(ADMIN_TOKEN=token) if check.level != "ok"}
    assert found == {"ADMIN_TOKEN": "fail"}
    assert [request for request in shop.requests if request.url.startswith(PUBLIC_URL) and request.headers] == []


def test_an_engine_on_this_machine_needs_no_endpoint_but_a_tunnel(shop: CheckedShop) -> None:
    local = "http://127.0.0.1:8080"
    shop.replies |= {f"{local}/webhook": WEBHOOK_REPLY, local: health()}
    found = {check.subject: check for check in shop.check(PUBLIC_URL=local, SQUARE_WEBHOOK_URL=f"{local}/webhook/square")}
    assert (found["stripe webhook"].level, "for example with a tunnel" in found["stripe webhook"].advice) == ("warn", True)


def test_an_endpoint_for_another_port_of_this_machine_is_meant_for_this_engine(shop: CheckedShop) -> None:
    local = "http://127.0.0.1:8080"
    shop.replies |= {f"{local}/webhook": WEBHOOK_REPLY, local: health()}
    shop.change(STRIPE, url="http://127.0.0.1:8081/webhook/stripe")
    found = {check.subject: check for check in shop.check(PUBLIC_URL=local, SQUARE_WEBHOOK_URL=f"{local}/webhook/square")}
    assert found["stripe webhook"].detail.endswith(f"not to {local}/webhook/stripe: its port is 8081")


def test_nothing_is_created_or_changed_at_the_providers(shop: CheckedShop) -> None:
    before = {kind: shop.find(kind) for kind in (STRIPE, PAYPAL, SQUARE)}
    shop.check()
    assert {kind: shop.find(kind) for kind in before} == before
    posted = {request.url.partition("8090")[2] for request in shop.requests if request.method != "GET"}
    assert posted == {"/paypal/v1/oauth2/token"}


def test_a_check_is_an_object_for_scripts_with_its_level() -> None:
    view = Check("clock", "warn", "40 seconds ahead", "set the clock").view()
    assert view == {"subject": "clock", "ok": True, "level": "warn", "detail": "40 seconds ahead", "advice": "set the clock"}
