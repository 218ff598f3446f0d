"""A purchase through `App.handle`: checkout, webhook, return and receipt, and everything that may fail between."""

import json
import re
from typing import Any

import pytest

from lightning_cart.domain.order import OrderStatus
from lightning_cart.domain.payment_event import PaymentEvent
from lightning_cart.errors import ProviderTimeout, ProviderUnavailable
from lightning_cart.flow import Flow, ProviderRequest
from lightning_cart.http import HttpRequest
from lightning_cart.providers.stripe import webhook
from lightning_cart.providers.stripe.checkout import StripeCheckout
from lightning_cart.web.responses import Answer
from support.app import PRODUCTS, Shop, answer, make_catalog, problem
from support.app import SHOP as SITE
from support.builders import NOW, ORDER_ID, paid_session
from support.stripe import event, sign, stripe_session


@pytest.fixture
def shop() -> Shop:
    return Shop()


def bought(shop: Shop, **headers: str) -> dict[str, Any]:
    response = shop.checkout(**headers)
    assert response.status == 201
    answered: dict[str, Any] = json.loads(response.body)
    return answered


def pay(shop: Shop, order_id: str, **changes: Any) -> Answer:
    return shop.webhook(event("checkout.session.completed", paid_session(order_id, **changes)))


def read(shop: Shop, order_id: str, receipt: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(shop.handle("GET", f"/orders/{order_id}", authorization=f"Bearer {receipt}").body)
    return content


def test_a_checkout_answers_where_to_send_the_buyer(shop: Shop) -> None:
    answered = bought(shop)
    assert {name: answered[name] for name in ("order_id", "strategy", "session_id", "url", "expires_at")} == {
        "order_id": "ord_00000000000000000000000001",
        "strategy": "stripe_checkout",
        "session_id": "cs_test_1",
        "url": "https://checkout.stripe.com/c/pay/cs_test_1",
        "expires_at": NOW + 82_800,
    }


def test_an_order_is_saved_before_the_provider_hears_of_it(shop: Shop) -> None:
    shop.provider.answers = [ProviderTimeout("stripe", "slow")]
    assert shop.checkout().status == 504
    assert shop.order("ord_00000000000000000000000001").status is OrderStatus.OPEN


def test_the_provider_is_told_our_pages(shop: Shop) -> None:
    bought(shop)
    body = shop.provider.requests[0].body
    assert b"success_url=https%3A%2F%2Fpay.shop.example%2Freturn%2Ford_00000000000000000000000001" in body
    assert b"cancel_url=https%3A%2F%2Fshop.example%2Fcart" in body


def test_a_checkout_is_one_call_and_two_round_trips(shop: Shop) -> None:
    bought(shop)
    assert (len(shop.provider.requests), shop.database.round_trips) == (1, 2)


def test_a_webhook_is_one_round_trip_and_no_call(shop: Shop) -> None:
    order_id = bought(shop)["order_id"]
    shop.database.round_trips, shop.provider.requests = 0, []
    pay(shop, order_id)
    assert (shop.database.round_trips, shop.provider.requests) == (1, [])


def test_a_form_is_answered_with_the_way_to_the_provider(shop: Shop) -> None:
    response = shop.handle("POST", "/checkout", b"id=test-10&quantity=1", content_type="application/x-www-form-urlencoded")
    assert (response.status, response.header("location"), response.body) == (
        303,
        "https://checkout.stripe.com/c/pay/cs_test_1",
        b"",
    )


def test_a_refused_cart_names_its_field_and_leaves_no_row(shop: Shop) -> None:
    response = shop.checkout({"items": [{"id": "test-10", "quantity": 0}]})
    assert (response.status, problem(response)["field"]) == (422, "items[0].quantity")
    assert (shop.database.count("orders"), shop.provider.requests) == (0, [])


def test_the_same_key_and_body_give_the_same_answer(shop: Shop) -> None:
    first = shop.checkout(idempotency_key="k-1")
    shop.now += 60
    again = shop.checkout(idempotency_key="k-1")
    assert (again.body, again.status, len(shop.provider.requests), shop.database.count("orders")) == (first.body, 201, 1, 1)


def test_the_same_key_with_another_body_is_a_conflict(shop: Shop) -> None:
    bought(shop, idempotency_key="k-1")
    response = shop.checkout({"items": [{"id": "test-10", "quantity": 2}]}, idempotency_key="k-1")
    assert (response.status, problem(response)["type"]) == (409, "/problems/idempotency-conflict")


def test_a_key_of_another_site_is_a_conflict_and_opens_no_order_of_it() -> None:
    shop = Shop(catalog=make_catalog())
    cart = {"items": [{"id": "test-10", "quantity": 1}], "site": "shop"}
    assert shop.checkout(cart, idempotency_key="k-1").status == 201
    response = shop.checkout(cart | {"site": "other"}, idempotency_key="k-1")
    assert (response.status, problem(response)["type"], "order_id" in problem(response), shop.database.count("orders")) == (
        409,
        "/problems/idempotency-conflict",
        False,
        1,
    )


def test_without_a_key_two_calls_are_two_orders(shop: Shop) -> None:
    assert bought(shop)["order_id"] != bought(shop)["order_id"]


def test_after_a_timeout_the_same_key_continues_the_same_order_with_the_same_bytes(shop: Shop) -> None:
    shop.provider.answers = [ProviderTimeout("stripe", "slow")]
    shop.checkout(idempotency_key="k-1")
    shop.provider.answers = [answer(stripe_session())]
    shop.now += 600
    assert bought(shop, idempotency_key="k-1")["order_id"] == "ord_00000000000000000000000001"
    assert len({(request.body, request.headers["idempotency-key"]) for request in shop.provider.requests}) == 1


def test_a_new_price_does_not_change_an_order_that_is_continued(shop: Shop) -> None:
    shop.provider.answers = [ProviderTimeout("stripe", "slow")]
    shop.checkout(idempotency_key="k-1")
    engine = shop.app.engine
    engine.catalog = make_catalog(PRODUCTS.replace('"10.00"', '"99.00"').replace('sites = ["other"]', ""), SITE)
    shop.provider.answers = [answer(stripe_session())]
    bought(shop, idempotency_key="k-1")
    assert b"unit_amount%5D=1000" in shop.provider.requests[-1].body


def test_an_order_that_is_continued_keeps_its_way_to_pay_though_the_default_has_changed(shop: Shop) -> None:
    shop.provider.answers = [ProviderTimeout("stripe", "slow")]
    shop.checkout(idempotency_key="k-1")
    site = SITE.replace('default_strategy = "stripe_checkout"', 'default_strategy = "stripe_links"')
    shop.app.engine.catalog = make_catalog(PRODUCTS.replace('sites = ["other"]', ""), site)
    shop.provider.answers = [answer(stripe_session())]
    assert bought(shop, idempotency_key="k-1")["strategy"] == "stripe_checkout"
    assert {request.path for request in shop.provider.requests} == {"/v1/checkout/sessions"}


OFF_SALE = make_catalog(
    PRODUCTS.replace("max_quantity = 10\n", "max_quantity = 10\nactive = false\n").replace('sites = ["other"]', ""), SITE
)


def test_the_same_call_gets_the_same_answer_though_its_product_went_off_sale(shop: Shop) -> None:
    first = shop.checkout(idempotency_key="k-1")
    shop.app.engine.catalog, shop.database.round_trips = OFF_SALE, 0
    again = shop.checkout(idempotency_key="k-1")
    assert (again.status, again.body, shop.database.round_trips) == (201, first.body, 1)


def test_after_a_timeout_the_same_call_is_continued_though_its_product_went_off_sale(shop: Shop) -> None:
    shop.provider.answers = [ProviderTimeout("stripe", "slow")]
    shop.checkout(idempotency_key="k-1")
    shop.provider.answers, shop.app.engine.catalog = [answer(stripe_session())], OFF_SALE
    assert bought(shop, idempotency_key="k-1")["order_id"] == "ord_00000000000000000000000001"


@pytest.mark.parametrize(("key", "status"), [("k-1", 409), ("k-2", 422), ("", 422)], ids=["that key", "another", "none"])
def test_another_call_for_what_went_off_sale_is_refused(shop: Shop, key: str, status: int) -> None:
    shop.checkout(idempotency_key="k-1")
    shop.app.engine.catalog = OFF_SALE
    response = shop.checkout({"items": [{"id": "test-10", "quantity": 2}]}, idempotency_key=key)
    assert (response.status, shop.database.count("orders")) == (status, 1)


def test_an_order_without_a_checkout_is_not_continued_for_a_site_that_is_gone(shop: Shop) -> None:
    shop.provider.answers = [ProviderTimeout("stripe", "slow")]
    cart = {"items": [{"id": "test-10", "quantity": 1}], "site": "shop"}
    shop.checkout(cart, idempotency_key="k-1")
    shop.app.engine.catalog = make_catalog(re.sub("sites = .*", "", PRODUCTS), SITE.replace("sites.shop", "sites.store"))
    response = shop.checkout(cart, idempotency_key="k-1")
    assert (response.status, problem(response)["field"]) == (422, "site")


@pytest.mark.parametrize("key", ["x" * 256, "two words", "é", "tab\t"])
def test_a_key_that_no_uuid_could_be_is_refused(shop: Shop, key: str) -> None:
    assert problem(shop.checkout(idempotency_key=key))["field"] == "Idempotency-Key"


def test_what_the_provider_refuses_is_a_bad_gateway(shop: Shop) -> None:
    shop.provider.answers = [answer({"error": {"code": "api_key_expired"}}, 401)]
    response = shop.checkout()
    assert (response.status, response.log_fields["code"]) == (502, "api_key_expired")


def test_a_payment_makes_the_order_paid(shop: Shop) -> None:
    answered = bought(shop)
    response = pay(shop, answered["order_id"])
    assert (response.status, response.log_fields["verdict"], response.log_fields["order_status"]) == (200, "applied", "paid")
    assert read(shop, answered["order_id"], answered["receipt"])["status"] == "paid"


def test_a_webhook_tells_its_provider_by_its_signature(shop: Shop) -> None:
    body = event("checkout.session.completed", paid_session(bought(shop)["order_id"]))
    assert shop.webhook(body, path="/webhook").log_fields["order_status"] == "paid"


def test_a_webhook_without_a_signature_is_refused(shop: Shop) -> None:
    response = shop.handle("POST", "/webhook", b"{}")
    assert (response.status, problem(response)["type"]) == (400, "/problems/bad-signature")


def test_a_webhook_of_an_unknown_provider_is_not_found(shop: Shop) -> None:
    assert shop.webhook(b"{}", path="/webhook/nobody").status == 404


def test_a_forged_webhook_changes_nothing(shop: Shop) -> None:
    order_id = bought(shop)["order_id"]
    body = event("checkout.session.completed", paid_session(order_id))
    assert shop.webhook(body, secret="whsec_other").status == 400
    assert (shop.order(order_id).status, shop.database.count("events")) == (OrderStatus.OPEN, 0)


def test_a_repeated_webhook_is_acknowledged_and_changes_nothing(shop: Shop) -> None:
    order_id = bought(shop)["order_id"]
    pay(shop, order_id)
    assert (pay(shop, order_id).status, pay(shop, order_id).log_fields["verdict"]) == (200, "repeated")
    assert shop.database.count("outbox") == 1


def test_a_wrong_amount_is_acknowledged_and_waits_for_a_person(shop: Shop) -> None:
    answered = bought(shop)
    assert pay(shop, answered["order_id"], amount_total=1).status == 200
    order = read(shop, answered["order_id"], answered["receipt"])
    assert (order["status"], order["paid_minor"], order["needs_review"]) == ("pending", 1, True)


@pytest.mark.parametrize(
    ("event_type", "subject"),
    [
        ("checkout.session.completed", {"id": "cs_9", "payment_status": "paid"}),
        ("customer.created", {"id": "cus_1"}),
        ("charge.refunded", {}),
        ("checkout.session.completed", paid_session(ORDER_ID)),
    ],
    ids=["another shop's session", "another type", "a charge of nothing", "another engine's order"],
)
def test_somebody_elses_event_is_acknowledged_and_not_kept(shop: Shop, event_type: str, subject: dict[str, Any]) -> None:
    response = shop.webhook(event(event_type, subject))
    assert (response.status, response.log_fields["verdict"], shop.database.count("events")) == (200, "ignored", 0)


def test_a_dispute_whose_payment_is_unknown_is_kept_and_acknowledged(shop: Shop) -> None:
    response = shop.webhook(event("charge.dispute.created", {"payment_intent": "pi_9"}))
    assert (response.status, response.log_fields["verdict"], shop.database.count("events")) == (200, "parked", 1)


def test_without_storage_nothing_is_acknowledged(shop: Shop) -> None:
    order_id = bought(shop)["order_id"]
    shop.database.broken = True
    assert pay(shop, order_id).status == 503


def test_a_delayed_payment_is_pending_until_the_money_is_there(shop: Shop) -> None:
    order_id = bought(shop)["order_id"]
    assert pay(shop, order_id, payment_status="unpaid").log_fields["order_status"] == "pending"
    late = event("checkout.session.async_payment_succeeded", paid_session(order_id), "evt_2")
    assert shop.webhook(late).log_fields["order_status"] == "paid"


def test_the_return_asks_the_provider_and_hands_out_the_receipt(shop: Shop) -> None:
    answered = bought(shop)
    shop.provider.answers = [answer(paid_session(answered["order_id"]))]
    response = shop.come_back(answered["order_id"])
    assert (response.status, response.header("location")) == (
        303,
        f"https://shop.example/thanks#order={answered['order_id']}&receipt={answered['receipt']}",
    )
    assert (shop.order(answered["order_id"]).status, response.header("referrer-policy")) == (OrderStatus.PAID, "no-referrer")


def test_return_and_webhook_together_fulfil_once(shop: Shop) -> None:
    order_id = bought(shop)["order_id"]
    shop.provider.answers = [answer(paid_session(order_id))]
    assert shop.come_back(order_id).log_fields["order_status"] == "paid"
    pay(shop, order_id)
    shop.come_back(order_id)
    assert shop.database.count("outbox") == 1


def test_a_return_that_is_still_unpaid_changes_nothing(shop: Shop) -> None:
    order_id = bought(shop)["order_id"]
    assert shop.come_back(order_id).status == 303
    assert (shop.order(order_id).status, shop.database.count("events")) == (OrderStatus.OPEN, 0)


def test_two_orders_are_told_apart_though_the_provider_names_neither_session(shop: Shop) -> None:
    for _ in range(2):
        order_id = bought(shop)["order_id"]
        shop.provider.answers = [answer(paid_session(order_id, id=None, payment_intent=None))]
        location = shop.come_back(order_id).header("location")
        assert (f"#order={order_id}&" in location, shop.order(order_id).status) == (True, OrderStatus.PAID)
        shop.provider.answers = [answer(stripe_session())]


def test_a_paid_order_is_not_asked_about_again(shop: Shop) -> None:
    order_id = bought(shop)["order_id"]
    pay(shop, order_id)
    shop.provider.requests = []
    assert shop.come_back(order_id).status == 303
    assert shop.provider.requests == []


@pytest.mark.parametrize("trouble", [ProviderUnavailable("stripe", "down"), answer({}, 401)], ids=["no answer", "refused"])
def test_a_provider_that_cannot_be_asked_does_not_stop_the_buyer(shop: Shop, trouble: Any) -> None:
    order_id = bought(shop)["order_id"]
    shop.provider.answers = [trouble]
    response = shop.come_back(order_id)
    assert (response.status, response.log_fields["reason"].startswith("stripe:")) == (303, True)


def test_a_return_to_an_order_without_a_session_goes_on(shop: Shop) -> None:
    shop.provider.answers = [ProviderTimeout("stripe", "slow")]
    shop.checkout()
    assert shop.come_back().status == 303


def test_a_return_to_nothing_is_not_found(shop: Shop) -> None:
    assert shop.handle("GET", f"/return/{ORDER_ID}").status == 404


def test_a_return_to_a_site_that_is_gone_records_the_payment_and_is_not_found(shop: Shop) -> None:
    order_id = bought(shop)["order_id"]
    shop.app.engine.catalog = make_catalog(
        PRODUCTS.replace('["shop"]', '["other"]'), SITE.replace("[sites.shop]", "[sites.other]")
    )
    shop.provider.answers = [answer(paid_session(order_id))]
    assert (shop.come_back(order_id).status, shop.order(order_id).status) == (404, OrderStatus.PAID)


@pytest.mark.parametrize("order_id", ["\ud800", "ord_x", "%00", "x" * 9999])
def test_what_is_no_order_id_is_not_looked_up(shop: Shop, order_id: str) -> None:
    assert (shop.handle("GET", f"/return/{order_id}").status, shop.database.round_trips) == (404, 0)


def test_an_order_shows_its_buyer_what_matters_and_no_more(shop: Shop) -> None:
    cart = {"items": [{"id": "test-10", "quantity": 2}], "customer_email": "ada@example.com", "metadata": {"table": "7"}}
    answered = json.loads(shop.checkout(cart).body)
    page_token = shop.order(answered["order_id"]).page_token
    assert read(shop, answered["order_id"], answered["receipt"]) == {
        "order_id": answered["order_id"],
        "site": "shop",
        "strategy": "stripe_checkout",
        "status": "open",
        "currency": "USD",
        "exponent": 2,
        "total_minor": 2000,
        "total": "$20.00",
        "goods_minor": 2000,
        "discount_minor": 0,
        "code": None,
        "shipping_minor": 0,
        "tax_minor": 0,
        "renewal_minor": 0,
        "taxes": [],
        "delivery": None,
        "paid_minor": 0,
        "refunded_minor": 0,
        "disputed": False,
        "needs_review": False,
        "lines": [
            {
                "id": "test-10",
                "name": "Test checkout",
                "variant": None,
                "options": {},
                "sku": None,
                "quantity": 2,
                "unit_minor": 1000,
                "unit": "$10.00",
                "total_minor": 2000,
                "discount_minor": 0,
                "interval": None,
                "inputs": {},
            }
        ],
        "created_at": NOW,
        "updated_at": NOW,
        "documents": [],
        "receipt": None,
        "page_url": f"https://pay.shop.example/orders/{answered['order_id']}/page/{page_token}",
    }


@pytest.mark.parametrize("authorization", ["", "Bearer ", "Basic x", "Bearer x.y.z", "Bearer \ud800.y.z"])
def test_without_its_receipt_an_order_is_not_shown(shop: Shop, authorization: str) -> None:
    order_id = bought(shop)["order_id"]
    assert shop.handle("GET", f"/orders/{order_id}", authorization=authorization).status == 401


def test_one_orders_receipt_does_not_open_another(shop: Shop) -> None:
    first, second = bought(shop), bought(shop)
    assert shop.handle("GET", f"/orders/{first['order_id']}", authorization=f"Bearer {second['receipt']}").status == 401


def test_a_true_receipt_of_an_order_that_is_gone_tells_nothing(shop: Shop) -> None:
    answered = bought(shop)
    shop.database.connection.execute("DELETE FROM orders")
    assert shop.handle("GET", f"/orders/{answered['order_id']}", authorization=f"Bearer {answered['receipt']}").status == 401


class AsksTheProvider(StripeCheckout):
    """A strategy whose webhooks are verified by a call, as PayPal's are."""

    def verify_webhook(self, request: HttpRequest, now: int) -> Flow[PaymentEvent]:
        yield ProviderRequest("POST", "https://api.example/verify")
        return webhook.verify(self.config, request, now)


def test_a_webhook_that_cannot_be_verified_now_must_come_again() -> None:
    shop = Shop(strategies=(AsksTheProvider,))
    shop.provider.answers = [ProviderUnavailable("stripe", "down")]
    assert shop.webhook(event("customer.created", {})).status == 503


def test_a_webhook_may_be_verified_by_a_call() -> None:
    assert Shop(strategies=(AsksTheProvider,)).webhook(event("customer.created", {})).status == 200


def test_the_signature_is_over_the_very_bytes(shop: Shop) -> None:
    body = event("checkout.session.completed", paid_session(bought(shop)["order_id"]))
    spaced = body.replace(b":", b" : ")
    assert shop.handle("POST", "/webhook/stripe", spaced, stripe_signature=sign(body)).status == 400
    assert shop.webhook(spaced).status == 200
