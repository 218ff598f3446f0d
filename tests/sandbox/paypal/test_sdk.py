"""The official SDK works with the sandbox over real HTTP.

Its URLs are built in, so an adapter of its HTTP session sends the requests for `api-m.sandbox.paypal.com` to the sandbox.
The SDK has no calls for webhooks.
"""

import json
from collections.abc import Iterator
from itertools import count
from typing import Any

import httpx
import pytest
import requests
from paypalserversdk.configuration import Environment
from paypalserversdk.exceptions.api_exception import ApiException
from paypalserversdk.exceptions.error_exception import ErrorException
from paypalserversdk.exceptions.o_auth_provider_exception import OAuthProviderException
from paypalserversdk.http.auth.o_auth_2 import ClientCredentialsAuthCredentials
from paypalserversdk.models.amount_breakdown import AmountBreakdown
from paypalserversdk.models.amount_with_breakdown import AmountWithBreakdown
from paypalserversdk.models.item_request import ItemRequest
from paypalserversdk.models.money import Money
from paypalserversdk.models.order_request import OrderRequest
from paypalserversdk.models.order_tracker_request import OrderTrackerRequest
from paypalserversdk.models.patch import Patch
from paypalserversdk.models.payment_source import PaymentSource
from paypalserversdk.models.paypal_wallet import PaypalWallet
from paypalserversdk.models.paypal_wallet_experience_context import PaypalWalletExperienceContext
from paypalserversdk.models.purchase_unit_request import PurchaseUnitRequest
from paypalserversdk.models.refund_request import RefundRequest
from paypalserversdk.models.shipping_details import ShippingDetails
from paypalserversdk.models.shipping_option import ShippingOption
from paypalserversdk.paypal_serversdk_client import PaypalServersdkClient

from lightning_cart_sandbox import create_sandbox
from support.http_server import serving
from support.paypal_detour import PAYPAL, Detour

pytestmark = pytest.mark.process
_REQUEST_IDS = count(1)


class Live:
    """A sandbox on a loopback port."""

    def __init__(self, base: str) -> None:
        self.base = f"{base}/paypal"
        self.app = create_sandbox(base)


@pytest.fixture(scope="module")
def live() -> Iterator[Live]:
    """Serve a sandbox."""
    with serving(Live) as made:
        yield made


@pytest.fixture
def detour(live: Live) -> Detour:
    return Detour(live.base)


@pytest.fixture
def client(detour: Detour) -> Iterator[PaypalServersdkClient]:
    """Return the SDK with the HTTP session as its only setting."""
    with requests.Session() as session:
        session.trust_env = False
        session.mount(PAYPAL, detour)
        yield PaypalServersdkClient(
            http_client_instance=session,
            environment=Environment.SANDBOX,
            client_credentials_auth_credentials=ClientCredentialsAuthCredentials("sandbox-client", "sandbox-client-secret"),
        )


def usd(value: str) -> Money:
    return Money("USD", value)


def order_request(total: str = "21.50", **source: Any) -> OrderRequest:
    """Return an order of two mugs and shipping."""
    breakdown = AmountBreakdown(item_total=usd("20.00"), shipping=usd("1.50"))
    unit = PurchaseUnitRequest(
        amount=AmountWithBreakdown("USD", total, breakdown),
        custom_id="site:ord_1",
        items=[ItemRequest("Mug & lid", usd("10.00"), "2", category="PHYSICAL_GOODS")],
    )
    return OrderRequest(intent="CAPTURE", purchase_units=[unit], **source)


def wallet() -> dict[str, Any]:
    context = PaypalWalletExperienceContext(
        return_url="https://shop.test/ok", cancel_url="https://shop.test/", user_action="PAY_NOW"
    )
    return {"payment_source": PaymentSource(paypal=PaypalWallet(email_address="a@b.co", experience_context=context))}


def create(client: PaypalServersdkClient, body: OrderRequest | None = None, **options: Any) -> Any:
    defaults = {"prefer": "return=representation", "paypal_request_id": f"create-{next(_REQUEST_IDS)}"}
    return client.orders.create_order({"body": body or order_request(**wallet()), **defaults, **options})


def approve(order: Any, action: str = "approve", **choices: str) -> None:
    """Press a button on the page that the order's link leads to."""
    (link,) = [one.href for one in order.links if one.rel in {"payer-action", "approve"}]
    httpx.post(link, data={"action": action, **choices}, trust_env=False)


def capture(client: PaypalServersdkClient, order: Any, **options: Any) -> Any:
    return client.orders.capture_order({"id": order.id, "prefer": "return=representation", **options})


def first_capture(order: Any) -> Any:
    return order.purchase_units[0].payments.captures[0]


def test_a_purchase_from_order_to_refund(client: PaypalServersdkClient) -> None:
    created = create(client, paypal_request_id="sdk-1")
    order = created.body
    assert (created.status_code, order.status) == (201, "PAYER_ACTION_REQUIRED")
    approve(order)
    assert client.orders.get_order({"id": order.id}).body.status == "APPROVED"
    done = capture(client, order, paypal_request_id="sdk-2").body
    paid = client.payments.get_captured_payment({"capture_id": first_capture(done).id}).body
    assert (done.status, paid.status, paid.amount.value, paid.custom_id) == ("COMPLETED", "COMPLETED", "21.50", "site:ord_1")
    assert paid.seller_receivable_breakdown.net_amount.value == "20.26"
    assert done.payer.email_address == "a@b.co"
    asked = {"capture_id": paid.id, "prefer": "return=representation", "paypal_request_id": "sdk-3"}
    part = client.payments.refund_captured_payment({**asked, "body": RefundRequest(amount=usd("1.50"))}).body
    rest = client.payments.refund_captured_payment({**asked, "paypal_request_id": "sdk-4", "body": RefundRequest()}).body
    assert (part.status, rest.amount.value) == ("COMPLETED", "20.00")
    assert client.payments.get_refund({"refund_id": rest.id}).body.id == rest.id
    assert client.payments.get_captured_payment({"capture_id": paid.id}).body.status == "REFUNDED"


def test_a_replay_is_200(client: PaypalServersdkClient) -> None:
    first, second = (create(client, paypal_request_id="sdk-replay") for _ in range(2))
    assert (second.status_code, second.body.id) == (200, first.body.id)


def test_an_order_without_a_source_can_be_patched(client: PaypalServersdkClient) -> None:
    order = create(client, order_request()).body
    path = "/purchase_units/@reference_id=='default'/custom_id"
    client.orders.patch_order({"id": order.id, "body": [Patch(op="replace", path=path, value="site:ord_2")]})
    assert client.orders.get_order({"id": order.id}).body.purchase_units[0].custom_id == "site:ord_2"


def test_a_chosen_delivery_and_its_tracking(client: PaypalServersdkClient) -> None:
    options = [
        ShippingOption("post", "Post", selected=True, amount=usd("1.50")),
        ShippingOption("courier", "Courier", selected=False, amount=usd("7.00")),
    ]
    body = order_request(**wallet())
    body.purchase_units[0].shipping = ShippingDetails(options=options)
    order = create(client, body).body
    approve(order, address="berlin", option_0="1")
    (unit,) = capture(client, order).body.purchase_units
    assert (unit.amount.value, unit.shipping.address.admin_area_2, unit.shipping.options[1].selected) == (
        "27.00",
        "Berlin",
        True,
    )
    shipment = OrderTrackerRequest(unit.payments.captures[0].id, tracking_number="JJD01", carrier="DHL", notify_payer=True)
    tracked = client.orders.create_order_tracking({"id": order.id, "body": shipment}).body
    (tracker,) = tracked.purchase_units[0].shipping.trackers
    change = {"id": order.id, "tracker_id": tracker.id, "body": [Patch(op="replace", path="/status", value="CANCELLED")]}
    assert client.orders.update_order_tracking(change).status_code == 204
    (tracker,) = client.orders.get_order({"id": order.id}).body.purchase_units[0].shipping.trackers
    assert tracker.status == "CANCELLED"


def test_the_sdk_asks_for_one_token_and_sends_json_without_a_body(client: PaypalServersdkClient, detour: Detour) -> None:
    order = create(client).body
    approve(order)
    capture(client, order)
    token, made, captured = detour.sent
    assert token.url.endswith("/paypal/v1/oauth2/token")
    assert made.headers["Authorization"] == captured.headers["Authorization"]
    assert (captured.headers["Content-Type"], captured.body) == ("application/json", None)
    assert json.loads(made.body)["purchase_units"][0]["items"][0]["quantity"] == "2"


def test_refusals_become_the_sdks_own(client: PaypalServersdkClient) -> None:
    with pytest.raises(ErrorException) as mismatch:
        create(client, order_request("21.51"))
    with pytest.raises(ErrorException) as unapproved:
        capture(client, create(client).body)
    with pytest.raises(ErrorException) as absent:
        client.orders.get_order({"id": "nothing"})
    found = [(one.value.response_code, one.value.details[0].issue) for one in (mismatch, unapproved, absent)]
    assert found == [(422, "AMOUNT_MISMATCH"), (422, "ORDER_NOT_APPROVED"), (404, "INVALID_RESOURCE_ID")]
    assert mismatch.value.debug_id == mismatch.value.response.headers["paypal-debug-id"]
    assert mismatch.value.details[0].field == "/purchase_units/@reference_id=='default'/amount/value"


def test_a_declined_instrument_has_a_link_for_the_payer(client: PaypalServersdkClient) -> None:
    order = create(client).body
    approve(order, "approve_declined")
    with pytest.raises(ErrorException) as declined:
        capture(client, order)
    links = {link.rel: link.href for link in declined.value.links}
    assert (declined.value.details[0].issue, links["redirect"]) == ("INSTRUMENT_DECLINED", order.links[1].href)


def test_a_mocked_refusal(client: PaypalServersdkClient) -> None:
    mock = json.dumps({"mock_application_codes": "TRANSACTION_REFUSED"})
    with pytest.raises(ErrorException) as refused:
        capture(client, create(client).body, paypal_mock_response=mock)
    assert refused.value.details[0].issue == "TRANSACTION_REFUSED"


def test_a_pending_capture_says_why(client: PaypalServersdkClient) -> None:
    order = create(client).body
    approve(order, "approve_pending")
    paid = first_capture(capture(client, order).body)
    assert (paid.status, paid.status_details.reason) == ("PENDING", "ECHECK")


@pytest.mark.parametrize("basic", ["Basic Y2xpZW50Og==", "Bearer x"])
def test_wrong_credentials_are_an_oauth_error(client: PaypalServersdkClient, basic: str) -> None:
    with pytest.raises(OAuthProviderException) as wrong:
        client.o_auth_authorization.request_token({"authorization": basic})
    assert (wrong.value.response_code, wrong.value.error) == (401, "invalid_client")


def test_a_stale_token_is_401(live: Live, client: PaypalServersdkClient) -> None:
    create(client)
    live.app.state.sandbox.paypal.revoke_tokens()
    with pytest.raises(ApiException) as stale:
        create(client)
    assert stale.value.response_code == 401
