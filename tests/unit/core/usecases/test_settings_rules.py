"""Settings that are right one by one: what cannot work together is refused by name, and the rest keeps selling."""

from collections.abc import Mapping
from typing import Any

import pytest

from lightning_cart.domain.catalog import Catalog
from lightning_cart.domain.catalog_files import parse_catalog
from lightning_cart.errors import InvalidSettings
from lightning_cart.providers import STRATEGIES
from lightning_cart.providers.setting_signs import KnowsMode, KnowsWebhookUrl
from lightning_cart.setting_values import SettingProblem
from lightning_cart.usecases.engine import Engine
from support.app import ENV, Shop
from support.builders import ADMIN_TOKEN, STRIPE_KEY, STRIPE_LIVE_KEY
from support.merchants import SIGNING_SECRET
from support.paypal import PAYPAL_ENV
from support.square import SQUARE_ENV

EVERY = {**ENV, **PAYPAL_ENV, **SQUARE_ENV}
LIVE_PAYPAL, LIVE_SQUARE = "https://api-m.paypal.com", "https://connect.squareup.com"
PRODUCTS = '[products.mug]\nname = "Mug"\nprices = { USD = "12.50" }\n'


def site(name: str, *strategies: str) -> str:
    return (
        f'[sites.{name}]\nname = "S"\nsuccess_page = "/a"\ncancel_page = "/b"\n'
        f'default_strategy = "{strategies[0]}"\nstrategies = {list(strategies[1:])}\n'
    )


def catalog(*sites: str) -> Catalog:
    return parse_catalog(PRODUCTS, "".join(sites), [strategy.name for strategy in STRATEGIES])


ALL = catalog(site("shop", "stripe_checkout", "stripe_links", "paypal", "square"))


def engine(changes: Mapping[str, str], sold: Catalog = ALL) -> Engine:
    return Shop({**EVERY, **changes}, sold).app.engine


def problems(changes: Mapping[str, str], sold: Catalog = ALL) -> dict[str, str]:
    return {problem.name: problem.reason for problem in engine(changes, sold).problems()}


def test_what_fits_together_has_no_problem() -> None:
    assert problems({}) == {}


class TestTheWebhookUrlOfSquare:
    @pytest.mark.parametrize(
        ("public", "url"),
        [
            ("https://pay.shop.example", "https://pay.shop.example/webhook/square"),
            ("https://pay.shop.example", "https://pay.shop.example/webhook"),
            ("https://pay.shop.example", "https://Pay.Shop.example:443/webhook/square"),
            ("https://shop.example/pay", "https://shop.example/pay/webhook/square"),
            ("http://127.0.0.1:8000", "http://127.0.0.1:8000/webhook/square"),
            ("http://127.0.0.1:8000", "https://tunnel.example/webhook/square"),
        ],
    )
    def test_may_be_that_of_the_engine(self, public: str, url: str) -> None:
        assert problems({"PUBLIC_URL": public, "SQUARE_WEBHOOK_URL": url}) == {}

    @pytest.mark.parametrize(
        ("url", "said"),
        [
            ("https://pay.shop.example/webhook/square/", "ends with a slash, and the engine's webhook does not"),
            ("https://old.example/webhook/square", "is at old.example, and PUBLIC_URL is at pay.shop.example"),
            (
                "https://pay.shop.example:8443/webhook/square",
                "is at pay.shop.example:8443, and PUBLIC_URL is at pay.shop.example",
            ),
            (
                "https://www.pay.shop.example/webhook/square",
                "has the host www.pay.shop.example and PUBLIC_URL pay.shop.example, which are two hosts because of www",
            ),
            (
                "https://pay.shop.example/webhook/stripe",
                "has the path /webhook/stripe, at which no webhook of this provider is received",
            ),
            ("https://pay.shop.example", "has the path /, at which no webhook of this provider is received"),
            (
                "https://pay.shop.example/webhook/square?a=1",
                "has a query or a fragment, which the engine's webhook has not",
            ),
        ],
    )
    def test_is_refused_if_nothing_is_received_there(self, url: str, said: str) -> None:
        right = "set it to https://pay.shop.example/webhook/square, here and at the provider"
        assert problems({"SQUARE_WEBHOOK_URL": url}) == {"SQUARE_WEBHOOK_URL": f"{said}: {right}"}

    def test_of_plain_http_on_a_public_host_says_why_not(self) -> None:
        found = problems({"SQUARE_WEBHOOK_URL": "http://pay.shop.example/webhook/square"})["SQUARE_WEBHOOK_URL"]
        assert found.startswith("must start with https://: over http, anybody in between can read")

    def test_of_http_on_this_machine_is_not_that_of_a_public_engine(self) -> None:
        found = problems({"SQUARE_WEBHOOK_URL": "http://localhost/webhook/square"})["SQUARE_WEBHOOK_URL"]
        assert found.startswith("starts with http://, and PUBLIC_URL with https://: set it to")

    def test_is_not_compared_while_the_engine_has_no_url(self) -> None:
        assert list(problems({"PUBLIC_URL": "", "SQUARE_WEBHOOK_URL": "https://old.example/webhook"})) == ["PUBLIC_URL"]

    def test_is_compared_even_if_nothing_else_is_right(self) -> None:
        nothing = dict.fromkeys(("RECEIPT_SECRET", "SQUARE_ACCESS_TOKEN"), "")
        found = problems({**nothing, "SQUARE_WEBHOOK_URL": "https://old.example/webhook"})
        assert list(found) == ["RECEIPT_SECRET", "SQUARE_ACCESS_TOKEN", "SQUARE_WEBHOOK_URL"]

    def test_that_is_wrong_takes_out_square_alone(self) -> None:
        shop = engine({"SQUARE_WEBHOOK_URL": "https://old.example/webhook"})
        assert sorted(shop.configured) == ["paypal", "stripe_checkout", "stripe_links"]
        with pytest.raises(InvalidSettings, match="SQUARE_WEBHOOK_URL is at old"):
            shop.strategy("square")


class TestModes:
    LIVE: Mapping[str, str] = {"PAYPAL_API_BASE": LIVE_PAYPAL, "SQUARE_API_BASE": LIVE_SQUARE}

    def test_may_all_be_live(self) -> None:
        assert problems({**self.LIVE, "STRIPE_SECRET_KEY": STRIPE_LIVE_KEY}) == {}

    @pytest.mark.parametrize(
        ("changes", "refused", "live"),
        [
            ({"PAYPAL_API_BASE": LIVE_PAYPAL}, ["STRIPE_SECRET_KEY", "SQUARE_API_BASE"], "PAYPAL_API_BASE"),
            ({"STRIPE_SECRET_KEY": STRIPE_LIVE_KEY}, ["PAYPAL_API_BASE", "SQUARE_API_BASE"], "STRIPE_SECRET_KEY"),
            ({**LIVE, "STRIPE_SECRET_KEY": STRIPE_KEY}, ["STRIPE_SECRET_KEY"], "PAYPAL_API_BASE"),
            (
                {**LIVE, "STRIPE_SECRET_KEY": STRIPE_LIVE_KEY, "PAYPAL_API_BASE": "http://127.0.0.1:8090/paypal"},
                ["PAYPAL_API_BASE"],
                "STRIPE_SECRET_KEY",
            ),
        ],
    )
    def test_of_tests_are_refused_beside_a_live_one(self, changes: dict[str, str], refused: list[str], live: str) -> None:
        found = problems(changes)
        assert list(found) == refused
        start = f"is for tests, and {live} is live on the same site, shop: a test card would buy real goods"
        assert [reason.startswith(start) for reason in found.values()] == [True] * len(refused)

    def test_of_tests_that_are_refused_leave_the_live_ones_selling(self) -> None:
        assert list(engine({"STRIPE_SECRET_KEY": STRIPE_LIVE_KEY}).configured) == ["stripe_checkout", "stripe_links"]

    def test_may_differ_between_sites(self) -> None:
        two = catalog(site("a", "stripe_checkout", "stripe_links"), site("b", "paypal", "square"))
        assert problems({"STRIPE_SECRET_KEY": STRIPE_LIVE_KEY}, two) == {}

    def test_of_a_strategy_that_no_site_offers_do_not_count(self) -> None:
        assert problems({"STRIPE_SECRET_KEY": STRIPE_LIVE_KEY}, catalog(site("a", "stripe_checkout"))) == {}

    def test_of_a_strategy_without_its_keys_do_not_count(self) -> None:
        assert list(problems({"PAYPAL_API_BASE": LIVE_PAYPAL, "PAYPAL_CLIENT_ID": ""})) == ["PAYPAL_CLIENT_ID"]

    def test_of_an_api_at_another_url_are_not_known(self) -> None:
        proxies = {"PAYPAL_API_BASE": "https://proxy.example/paypal", "SQUARE_API_BASE": "https://proxy.example/square"}
        assert problems({**proxies, "STRIPE_SECRET_KEY": STRIPE_LIVE_KEY}) == {}

    @pytest.mark.parametrize(
        ("changes", "key", "modes"),
        [
            (
                {"STRIPE_SECRET_KEY": STRIPE_LIVE_KEY, "STRIPE_API_BASE": "http://127.0.0.1:8090/stripe"},
                "STRIPE_SECRET_KEY",
                "is live, and STRIPE_API_BASE is for tests",
            ),
            (
                {"SQUARE_ACCESS_TOKEN": "sandbox-sq0atb-of-the-tests", "SQUARE_API_BASE": ""},
                "SQUARE_ACCESS_TOKEN",
                "is for tests, and SQUARE_API_BASE is live",
            ),
            (
                {"SQUARE_ACCESS_TOKEN": "sq0atp-token-of-the-tests"},
                "SQUARE_ACCESS_TOKEN",
                "is live, and SQUARE_API_BASE is for tests",
            ),
        ],
    )
    def test_of_a_key_and_its_api_have_to_be_one(self, changes: dict[str, str], key: str, modes: str) -> None:
        assert problems(changes) == {key: f"{modes}: take both from one mode (an API's URL that is not set is the live one)"}

    def test_of_a_key_and_its_api_may_both_be_of_tests(self) -> None:
        local = {"STRIPE_API_BASE": "http://127.0.0.1:8090/stripe", "SQUARE_ACCESS_TOKEN": "sandbox-sq0atb-of-the-tests"}
        assert problems(local) == {}


class TestOneValueInTwoSettings:
    @pytest.mark.parametrize(
        ("changes", "refused", "owner"),
        [
            ({"ADMIN_TOKEN": ENV["RECEIPT_SECRET"]}, "ADMIN_TOKEN", "RECEIPT_SECRET"),
            ({"RECEIPT_SECRET": f"a-new-secret-of-thirty-two-characters,{ADMIN_TOKEN}"}, "ADMIN_TOKEN", "RECEIPT_SECRET"),
            ({"STRIPE_WEBHOOK_SECRET": SIGNING_SECRET, "FULFILMENT_SECRET": SIGNING_SECRET}, "FULFILMENT_SECRET",
             "STRIPE_WEBHOOK_SECRET"),
            ({"PAYPAL_CLIENT_SECRET": EVERY["PAYPAL_CLIENT_ID"]}, "PAYPAL_CLIENT_SECRET", "PAYPAL_CLIENT_ID"),
            ({"RECEIPT_SECRET": STRIPE_LIVE_KEY * 2, "SQUARE_ACCESS_TOKEN": STRIPE_LIVE_KEY * 2}, "RECEIPT_SECRET",
             "SQUARE_ACCESS_TOKEN"),
        ],
    )  # fmt: skip
    def test_is_refused_in_the_one_that_can_be_made_anew(self, changes: dict[str, str], refused: str, owner: str) -> None:
        assert problems(changes) == {refused: f"is the same as {owner}: every secret has one use, so make another one"}

    def test_closes_what_it_is_for(self) -> None:
        shop = engine({"ADMIN_TOKEN": ENV["RECEIPT_SECRET"], "FULFILMENT_SECRET": ""})
        with pytest.raises(InvalidSettings, match="ADMIN_TOKEN is the same as RECEIPT_SECRET"):
            _ = shop.admin_tokens
        assert len(shop.configured) == len(STRATEGIES)

    def test_closes_the_engine_if_it_signs_receipts(self) -> None:
        with pytest.raises(InvalidSettings, match="RECEIPT_SECRET is the same as"):
            _ = engine({"RECEIPT_SECRET": SIGNING_SECRET, "STRIPE_WEBHOOK_SECRET": SIGNING_SECRET}).receipts

    def test_of_the_fulfilment_sends_nothing(self) -> None:
        with pytest.raises(InvalidSettings, match="FULFILMENT_SECRET is the same as"):
            _ = engine({"FULFILMENT_SECRET": SIGNING_SECRET, "STRIPE_WEBHOOK_SECRET": SIGNING_SECRET}).fulfilment_secrets


def test_a_setting_that_is_missing_and_one_that_does_not_fit_are_both_named() -> None:
    found = problems({"SQUARE_WEBHOOK_URL": "https://old.example/webhook", "PAYPAL_CLIENT_SECRET": "", "ADMIN_TOKEN": "short"})
    assert list(found) == ["ADMIN_TOKEN", "PAYPAL_CLIENT_SECRET", "SQUARE_WEBHOOK_URL"]


def test_a_strategy_that_says_nothing_of_itself_is_not_compared() -> None:
    class Silent:
        name, label, settings, signature_header = "silent", "Silent", (), "silent-signature"
        limits = STRATEGIES[0].limits

        @classmethod
        def from_env(cls, _env: Mapping[str, str]) -> "Silent":
            return cls()

        @classmethod
        def provider_name(cls) -> str:
            return "silent"

    silent: Any = Silent
    assert not isinstance(silent(), KnowsMode)
    assert not isinstance(silent, KnowsWebhookUrl)
    sold = parse_catalog(PRODUCTS, site("shop", "silent", "stripe_checkout"), ["silent", "stripe_checkout"])
    shop = Shop(ENV | {"STRIPE_SECRET_KEY": STRIPE_LIVE_KEY}, sold, strategies=(*STRATEGIES, silent))
    assert (shop.app.engine.problems(), "silent" in shop.app.engine.configured) == ([], True)


def test_a_problem_reads_as_a_sentence() -> None:
    assert str(SettingProblem("A", "is not set")) == "A is not set"
