"""The routes of providers: webhooks with what is logged of them, and the return of a buyer."""

import json
from typing import Any

import pytest

from lightning_cart.domain.order import OrderStatus
from lightning_cart.http import HttpResponse
from support.app import ENV, OTHER, SHOP, Shop, answer, make_catalog, problem, stripe_routes
from support.builders import ORDER_ID, paid_session
from support.merchants import SIGNING_SECRET, merchants_catalog
from support.stripe import event, stripe_session

PAID = event("checkout.session.completed", paid_session(ORDER_ID))


class OpenShop(Shop):
    """A shop with one open order, to whose provider nothing was asked since."""

    def __init__(self, *answers: HttpResponse | Exception, env: dict[str, str] = ENV, fulfilment: bool = False) -> None:
        env = env | ({"FULFILMENT_SECRET": SIGNING_SECRET} if fulfilment else {})
        super().__init__(env, merchants_catalog() if fulfilment else None)
        assert self.checkout().status == 201
        self.provider.requests = []
        self.provider.answers = list(answers or [answer(paid_session(ORDER_ID))])


@pytest.mark.parametrize("path", ["/webhook", "/webhook/stripe"])
def test_a_webhook_finds_its_provider_by_path_or_signature(path: str) -> None:
    shop = OpenShop()
    assert json.loads(shop.webhook(PAID, path).body) == {"received": True}
    assert shop.order().status is OrderStatus.PAID


def test_a_webhook_without_a_signature_header_is_refused() -> None:
    response = OpenShop().handle("POST", "/webhook", PAID)
    assert (response.status, problem(response)["type"]) == (400, "/problems/bad-signature")


def test_a_webhook_of_an_unknown_provider_is_not_found() -> None:
    assert OpenShop().handle("POST", "/webhook/cash", PAID).status == 404


def test_a_webhook_is_logged_with_its_event_its_order_and_the_verdict() -> None:
    assert OpenShop().webhook(PAID).log_fields == {
        "provider": "stripe",
        "event_id": "evt_1",
        "event_type": "checkout.session.completed",
        "verdict": "applied",
        "order_id": ORDER_ID,
        "order_status": "paid",
    }


def test_a_repeated_webhook_is_logged_as_one() -> None:
    shop = OpenShop()
    shop.webhook(PAID)
    assert shop.webhook(PAID).log_fields["verdict"] == "repeated"


def test_a_mismatch_is_logged_with_its_reason() -> None:
    response = OpenShop().webhook(event("checkout.session.completed", paid_session(ORDER_ID, amount_total=900)))
    assert (response.log_fields["verdict"], response.log_fields["review_reason"]) == ("mismatch", "amount")


def test_an_event_that_waits_for_its_payment_is_logged_without_an_order() -> None:
    dispute = {"id": "du_1", "payment_intent": "pi_9"}
    response = OpenShop(answer({"data": []})).webhook(event("charge.dispute.created", dispute))
    assert (response.log_fields["verdict"], "order_id" in response.log_fields) == ("parked", False)


@pytest.mark.parametrize(
    "session",
    [
        paid_session(ORDER_ID, id="cs_of_another_program", metadata={}),
        paid_session("ord_00000000000000000000000099", id="cs_of_another_engine"),
        paid_session(ORDER_ID, id="cs_9", payment_link="plink_9", metadata={}),
    ],
    ids=["another program's", "another engine's", "another link, with our reference"],
)
def test_what_is_not_ours_is_acknowledged_counted_and_kept_in_no_row(session: dict[str, Any]) -> None:
    shop = OpenShop()
    response = shop.webhook(event("checkout.session.completed", session))
    assert (response.status, response.log_fields["verdict"]) == (200, "ignored")
    assert (shop.rows("SELECT * FROM events"), shop.order().status) == ([], OrderStatus.OPEN)
    assert len(shop.rows("SELECT * FROM reconciling WHERE name = 'foreign:stripe'")) == 1


def test_a_session_that_the_key_named_for_our_order_elsewhere_needs_review() -> None:
    shop = OpenShop()
    shop.webhook(event("checkout.session.completed", paid_session(ORDER_ID, id="cs_of_another_program")))
    assert (shop.order().status, shop.order().review_reason) == (OrderStatus.OPEN, "another_checkout")


@pytest.mark.parametrize(
    ("document", "reason"),
    [({"account": "acct_2"}, "another_account"), ({"livemode": True}, "another_mode")],
    ids=["account", "mode"],
)
def test_an_event_of_another_account_or_mode_pays_nothing(document: dict[str, Any], reason: str) -> None:
    shop = OpenShop()
    shop.webhook(event("checkout.session.completed", paid_session(ORDER_ID), **document))
    assert (shop.order().paid_minor, shop.order().review_reason) == (0, reason)


def test_an_applied_webhook_makes_deliveries_due_and_a_repeated_one_does_not() -> None:
    shop = OpenShop(fulfilment=True)
    assert [shop.webhook(PAID).has_deliveries for _ in range(2)] == [True, False]


def test_without_a_fulfilment_url_nothing_is_due() -> None:
    assert not OpenShop().webhook(PAID).has_deliveries


def test_a_buyer_is_sent_on_to_the_success_page_with_the_receipt_in_the_fragment() -> None:
    shop = OpenShop()
    response = shop.come_back()
    receipt = shop.app.engine.receipts.issue(shop.order())
    assert (response.status, response.header("location")) == (
        303,
        f"https://shop.example/thanks#order={ORDER_ID}&receipt={receipt}",
    )


def test_a_return_is_not_stored_and_names_no_referrer() -> None:
    response = OpenShop().come_back()
    assert (response.header("cache-control"), response.header("referrer-policy")) == ("no-store", "no-referrer")


def test_a_return_records_what_the_provider_reports() -> None:
    shop = OpenShop()
    assert shop.come_back().log_fields == {"order_id": ORDER_ID, "order_status": "paid"}


@pytest.mark.parametrize(
    "path",
    [
        lambda _: f"/return/{ORDER_ID}",
        lambda _: f"/return/{ORDER_ID}/{'0' * 32}",
        lambda _: f"/return/{ORDER_ID}/é",
        lambda token: f"/return/{ORDER_ID}/{token[:-1]}",
        lambda token: f"/return/{ORDER_ID}/{token.upper()}",
        lambda token: f"/return/{ORDER_ID}?token={token}",
        lambda token: f"/return/ord_00000000000000000000000099/{token}",
        lambda token: f"/return/nothing/{token}",
    ],
    ids=["none", "zeros", "not ASCII", "cut", "upper case", "in the query", "of another order", "no order"],
)
def test_without_the_orders_token_nobody_returns(path: Any) -> None:
    shop = OpenShop()
    response = shop.handle("GET", path(shop.order().return_token))
    assert (response.status, problem(response)["type"], shop.provider.requests) == (404, "/problems/not-found", [])


@pytest.mark.parametrize(("age", "status"), [(24 * 3600 - 1, 303), (24 * 3600, 404)], ids=["within a day", "after a day"])
def test_an_order_from_before_the_tokens_is_let_in_for_a_day(age: int, status: int) -> None:
    shop = OpenShop()
    shop.database.connection.execute("UPDATE orders SET return_token = ''")
    shop.now += age
    assert shop.handle("GET", f"/return/{ORDER_ID}").status == status


def test_an_order_from_before_the_tokens_has_no_token_that_fits() -> None:
    shop = OpenShop()
    shop.database.connection.execute("UPDATE orders SET return_token = ''")
    assert shop.handle("GET", f"/return/{ORDER_ID}/x").status == 404


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("HEAD", {}),
        ("GET", {"sec_purpose": "prefetch"}),
        ("GET", {"sec_purpose": "prefetch;prerender"}),
        ("GET", {"purpose": "prefetch"}),
        ("GET", {"purpose": "Prefetch"}),
        ("GET", {"x_moz": "prefetch"}),
    ],
    ids=["HEAD", "Sec-Purpose", "prerender", "Purpose", "upper case", "X-Moz"],
)
def test_a_head_and_a_prefetch_ask_nobody_and_change_nothing(method: str, headers: dict[str, str]) -> None:
    shop = OpenShop()
    response = shop.come_back(ORDER_ID, method, **headers)
    assert (response.status, shop.provider.requests, shop.order().status) == (303, [], OrderStatus.OPEN)


def test_after_a_prefetch_the_buyer_returns_as_if_there_had_been_none() -> None:
    shop = OpenShop()
    shop.come_back(purpose="prefetch")
    shop.come_back()
    assert shop.order().status is OrderStatus.PAID


@pytest.mark.parametrize("headers", [{"sec_purpose": "navigate"}, {"purpose": "preview"}])
def test_any_other_purpose_is_a_return(headers: dict[str, str]) -> None:
    shop = OpenShop()
    shop.come_back(**headers)
    assert shop.order().status is OrderStatus.PAID


@pytest.mark.parametrize(("pause", "calls"), [(0, 1), (4, 1), (5, 2)])
def test_an_order_is_read_at_most_once_in_five_seconds(pause: int, calls: int) -> None:
    shop = OpenShop(answer(stripe_session()))
    shop.come_back()
    shop.now += pause
    shop.come_back()
    assert len(shop.provider.requests) == calls


def test_while_somebody_else_reads_an_order_a_buyer_is_shown_what_is_stored() -> None:
    shop = OpenShop()
    shop.database.connection.execute(f"UPDATE orders SET busy_until = {int(shop.now) + 20}")
    assert (shop.come_back().status, shop.provider.requests) == (303, [])


def test_if_the_provider_does_not_answer_the_buyer_is_sent_on_and_the_log_says_why() -> None:
    response = OpenShop(answer({}, 500)).come_back()
    assert (response.status, response.log_fields["reason"]) == (303, "stripe: answered 500")


def test_a_return_to_a_site_that_is_gone_is_not_found() -> None:
    shop = OpenShop()
    shop.database.connection.execute("UPDATE orders SET site = 'gone'")
    assert problem(shop.come_back())["reason"] == "the site of this order is no longer in the catalogue"


@pytest.mark.parametrize(
    ("session", "fulfilment", "due"),
    [(paid_session(ORDER_ID), True, True), (stripe_session(), True, False), (paid_session(ORDER_ID), False, False)],
    ids=["paid", "still open", "no merchant"],
)
def test_a_return_makes_deliveries_due_once_the_order_is_not_open(session: dict[str, Any], fulfilment: bool, due: bool) -> None:
    assert OpenShop(answer(session), fulfilment=fulfilment).come_back().has_deliveries is due


def test_a_paid_order_is_not_read_again_by_a_return() -> None:
    shop = OpenShop()
    shop.webhook(PAID)
    shop.provider.routes = stripe_routes()
    shop.come_back()
    assert shop.provider.requests == []


def test_a_site_may_have_its_success_page_at_the_engine() -> None:
    shop = Shop(catalog=make_catalog(sites=SHOP.replace("https://shop.example/thanks", "/success.html") + OTHER))
    shop.checkout({"site": "shop", "items": [{"id": "test-10", "quantity": 1}]})
    assert shop.come_back().header("location").startswith("https://pay.shop.example/success.html#order=")
