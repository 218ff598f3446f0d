"""Random requests to all endpoints, with parameters that these know: each gets an answer of Stripe, and the money adds up."""

import random
from typing import Any

from lightning_cart_sandbox.schema import Boolean, Either, Fields, Integer, ListOf, Metadata, OneOf, Unsupported
from lightning_cart_sandbox.stripe.endpoints import ENDPOINTS
from lightning_cart_sandbox.stripe.unsettable import Unsettable
from support.sandbox_clients import STRIPE_CARD, SUBSCRIPTION

REQUESTS = 400
WORDS = ("", "0", "1", "1000", "usd", "eur", "true", "x", "TEN", "a@b.co", "https://a.b/", "pm_card_visa", "2000000000", "10")
PATHS = (
    *(
        "customer",
        "data.customer",
        "line_items",
        "line_items.data.discounts",
        "discounts.coupon",
        "metadata.a",
        "refunds.data.x",
    ),
    *("latest_charge", "payment_intent.latest_charge", "subscriptions.data.latest_invoice.payment_intent", "data.object.x"),
)
VERSIONS = ("2020-08-27", "2024-06-20", "2025-09-30.clover", "2026-06-24.dahlia", "2026-09-30.endive")


class Requests:
    """Makes random requests.

    Args:
        seed: The seed of the random numbers.
        stripe: The sandbox's client.
    """

    def __init__(self, seed: int, stripe: Any) -> None:
        self.random = random.Random(seed)
        self.stripe = stripe

    def send(self) -> Any:
        """Send one request; return the answer."""
        endpoint = self.random.choice(ENDPOINTS)
        kind = endpoint.path.split("/*")[0].replace("checkout/sessions", "checkout.sessions").removesuffix("s")
        known = [one["id"] for one in self.stripe.sandbox.store.find(kind, limit=10)] or ["x"]
        params = self._flat(self._value(endpoint.fields, ""), "")
        path = endpoint.path.replace("*", self.random.choice(known))
        return self.stripe.api(endpoint.method, path, params, stripe_version=self.random.choice(VERSIONS))

    def _value(self, field: Any, name: str) -> Any:
        while isinstance(field, Unsettable | Either):
            field = field.field if isinstance(field, Unsettable) else self.random.choice([field.fields, field.plain])
        if name and self.random.random() < 0.05:
            return self.random.choice(WORDS)
        match field:
            case Fields():
                return {one: self._value(field.members[one], one) for one in self._names(field)}
            case ListOf():
                found: Any = {"0": self.random.choice(PATHS) if name == "expand" else self._value(field.item, f"{name}[0]")}
            case Metadata():
                found = {self.random.choice(("a", "object")): self.random.choice(("", "invoice"))}
            case OneOf():
                found = self.random.choice(field.choices)
            case Boolean():
                found = self.random.choice(("true", "false"))
            case Integer():
                found = str(self.random.choice((field.minimum or 0, 1000, field.maximum or 10**6)))
            case _:
                known = self.stripe.sandbox.store.rows("SELECT id FROM documents WHERE kind <> 'event' ORDER BY seq")
                found = self.random.choice((*WORDS, self.random.choice(known)["id"]))
        return found

    def _names(self, field: Fields) -> list[str]:
        wanted = [one for one in field.members if one in field.required or self.random.random() < 0.15]
        return [one for one in wanted if not isinstance(field.members[one], Unsupported)]

    def _flat(self, values: Any, name: str) -> dict[str, str]:
        if not isinstance(values, dict):
            return {name: values}
        inner = [self._flat(value, f"{name}[{one}]" if name else one) for one, value in values.items()]
        return {one: text for part in inner for one, text in part.items()}


def test_every_request_gets_an_answer_of_stripe(stripe: Any) -> None:
    stripe.pay(stripe.session(**SUBSCRIPTION))
    stripe.pay(stripe.session(**{"payment_intent_data[capture_method]": "manual"}))
    stripe.ask("POST", f"/stripe/c/pay/{stripe.session()['id']}", data={**STRIPE_CARD, "action": "delayed"})
    stripe.pay(stripe.session(), card_number="4000002760003184")
    requests = Requests(1, stripe)
    answers = [requests.send() for _ in range(REQUESTS)]
    assert {answer.status_code for answer in answers} <= {200, 400, 402, 403, 404}
    assert [answer.text for answer in answers if '"_' in answer.text] == []
    ledger = stripe.ask("GET", "/api/ledger").json()
    charged = sum(charge["amount_captured"] for charge in stripe.sandbox.store.find("charge"))
    buyers = [one for one in stripe.sandbox.ledger.buyer_totals() if one["reference"].startswith("ch_")]
    assert (ledger["balanced"], sum(one["charged"] for one in buyers)) == (True, charged)
