"""stripe-python's generated examples, one call for each method of Stripe's API, sent to the sandbox.

`python stripe_examples.py STRIPE_ROOT KEY FILE` prints its steps. FILE is `tests/test_generated_examples.py` of stripe-python's
source distribution. Ids in an example stand for objects that are made before its call.
"""

import io
import re
import runpy
import sys
import types
from collections.abc import Callable
from typing import Any

import requests
import stripe
from buyer import CARD, pay
from reporting import step

ROOT, KEY, FILE = sys.argv[1:]
BASES = re.compile(r"https://[\w-]+\.stripe\.com")
PLACEHOLDER = re.compile(r"\b(?:Z4OV52SU|foo|[a-z]{2,8}_(?:test_)?(?:x{3,}|xyz|123|standard))\b")
web = requests.Session()
web.trust_env = False


def call(method: str, path: str, **params: str) -> dict[str, Any]:
    """Call the API to make what an example needs."""
    where = {"params": params} if method == "GET" else {"data": params}
    answer = web.request(method, f"{ROOT}/v1/{path}", auth=(KEY, ""), **where)
    answer.raise_for_status()
    return dict(answer.json())


def session(**changes: str) -> dict[str, Any]:
    """Make a Checkout Session."""
    line = "line_items[0]"
    return call(
        "POST",
        "checkout/sessions",
        **{
            "mode": "payment",
            "success_url": "https://shop.example/thanks",
            f"{line}[quantity]": "1",
            f"{line}[price_data][currency]": "usd",
            f"{line}[price_data][unit_amount]": "2000",
            f"{line}[price_data][product_data][name]": "Mug",
        }
        | changes,
    )


def paid(number: str = CARD["card_number"], **changes: str) -> dict[str, Any]:
    """Make a session, and pay it on its page."""
    made = session(**changes)
    pay(made["url"], number)
    return call("GET", f"checkout/sessions/{made['id']}", **{"expand[0]": "payment_intent", "expand[1]": "subscription"})


def intent(path: str) -> str:
    """Make a payment intent in the state that the end of a path needs."""
    params = {"amount": "2000", "currency": "usd"}
    if path.endswith("/capture"):
        params |= {"capture_method": "manual", "payment_method": "pm_card_visa", "confirm": "true"}
        params |= {"automatic_payment_methods[enabled]": "true", "automatic_payment_methods[allow_redirects]": "never"}
    return str(call("POST", "payment_intents", **params)["id"])


def price() -> str:
    """Make a price."""
    params = {"currency": "usd", "unit_amount": "2000", "product_data[name]": "Mug"}
    return str(call("POST", "prices", **params)["id"])


def coupon() -> str:
    """Make a coupon."""
    return str(call("POST", "coupons", percent_off="25", duration="once")["id"])


def method(path: str) -> str:
    """Make a card, which belongs to a customer if it is to be taken from one."""
    made = call("POST", "payment_methods", **{"type": "card", "card[token]": "tok_visa"})["id"]
    if not path.endswith("/attach"):
        call("POST", f"payment_methods/{made}/attach", customer=call("POST", "customers")["id"])
    return str(made)


def subscription() -> dict[str, Any]:
    """Sell a subscription."""
    recurring = {"mode": "subscription", "line_items[0][price_data][recurring][interval]": "month"}
    return dict(paid(**recurring)["subscription"])


def link() -> str:
    """Make a payment link."""
    return str(call("POST", "payment_links", **{"line_items[0][price]": price(), "line_items[0][quantity]": "1"})["id"])


def rate() -> str:
    """Make a shipping rate."""
    fixed = {"type": "fixed_amount", "fixed_amount[amount]": "500", "fixed_amount[currency]": "usd"}
    return str(call("POST", "shipping_rates", display_name="Ground", **fixed)["id"])


def dispute() -> str:
    """Sell to a card whose payments are disputed."""
    charge = paid("4000 0000 0000 0259")["payment_intent"]["latest_charge"]
    return str(call("GET", "disputes", charge=charge)["data"][0]["id"])


def refund() -> str:
    """Refund a sale."""
    return str(call("POST", "refunds", payment_intent=paid()["payment_intent"]["id"])["id"])


def endpoint() -> str:
    """Make a webhook endpoint."""
    made = call("POST", "webhook_endpoints", **{"url": "https://shop.example/hook", "enabled_events[0]": "charge.refunded"})
    return str(made["id"])


MAKE: dict[str, Callable[[str], str]] = {
    "Z4OV52SU": lambda _: coupon(),
    "acct": lambda _: str(call("GET", "account")["id"]),
    "ch": lambda _: str(paid()["payment_intent"]["latest_charge"]),
    "cs": lambda _: str(session()["id"]),
    "cus": lambda _: str(call("POST", "customers")["id"]),
    "dp": lambda _: dispute(),
    "evt": lambda _: str(call("GET", "events", limit="1")["data"][0]["id"]),
    "in": lambda _: str(subscription()["latest_invoice"]),
    "pi": intent,
    "pl": lambda _: link(),
    "plink": lambda _: link(),
    "pm": method,
    "price": lambda _: price(),
    "prod": lambda _: str(call("POST", "products", name="Mug")["id"]),
    "promo": lambda _: str(
        call("POST", "promotion_codes", **{"promotion[type]": "coupon", "promotion[coupon]": coupon()})["id"]
    ),
    "re": lambda _: refund(),
    "sess": lambda _: str(session()["id"]),
    "seti": lambda _: str(call("POST", "setup_intents")["id"]),
    "shr": lambda _: rate(),
    "sub": lambda _: str(subscription()["id"]),
    "txn": lambda _: str(call("GET", "balance_transactions", limit="1")["data"][0]["id"]),
    "we": lambda _: endpoint(),
}
"""Makes an object for a placeholder's prefix, given the path of the example's call."""


class Forwarding(stripe.HTTPClient):
    """Sends an example's request to the sandbox, with real ids."""

    name = "forwarding"

    def request(self, method: str, url: str, headers: Any, post_data: Any = None) -> tuple[bytes, int, Any]:
        """Send a request."""
        path = url.partition("?")[0]
        made: dict[str, str] = {}

        def real(found: re.Match[str]) -> str:
            text = found[0]
            make = MAKE.get(text, MAKE.get(text.partition("_")[0]))
            if text not in made:
                made[text] = make(path) if make else text
            return made[text]

        url = PLACEHOLDER.sub(real, BASES.sub(ROOT, url))
        body = PLACEHOLDER.sub(real, post_data) if isinstance(post_data, str) else post_data
        answer = web.request(method, url, headers={**headers, "Authorization": f"Bearer {KEY}"}, data=body)
        return answer.content, answer.status_code, answer.headers

    def request_stream(self, method: str, url: str, headers: Any, post_data: Any = None) -> tuple[io.BytesIO, int, Any]:
        """Send a request whose answer is read bit by bit."""
        content, status, answered = self.request(method, url, headers, post_data)
        return io.BytesIO(content), status, answered

    def close(self) -> None:
        """Keep the session, which all examples share."""


class Mock:
    """What an example asks for in place of a client without a network."""

    def stub_request(self, *_: object, **__: object) -> None:
        """Do nothing: the sandbox answers."""

    def assert_requested(self, *_: object, **__: object) -> None:
        """Do nothing: the answer is what counts."""

    def get_mock_http_client(self) -> Forwarding:
        """Return the client that an example uses."""
        return Forwarding(verify_ssl_certs=False)


def examples() -> dict[str, Callable[[Mock], None]]:
    """Return the examples that call Stripe's client, one for each call."""
    modules = {name: types.ModuleType(name) for name in ("tests", "tests.http_client_mock", "pytest")}
    vars(modules["tests.http_client_mock"])["HTTPClientMock"] = Mock
    vars(modules["pytest"])["mark"] = type("Mark", (), {"anyio": staticmethod(lambda function: function)})
    sys.modules |= modules
    case = runpy.run_path(FILE)["TestGeneratedExamples"]()
    # Those of errors have no call of their own: they wait for an answer that a mock gives.
    names = [name for name in vars(type(case)) if re.fullmatch(r"test_\w+(?<!_non_namespaced)(?<!_error)_service", name)]
    return {name.removeprefix("test_").removesuffix("_service"): getattr(case, name) for name in names}


stripe.max_network_retries = 0
stripe.api_key = KEY
paid()  # there is an event, and a balance transaction
for title, example in examples().items():
    with step(title):
        example(Mock())
