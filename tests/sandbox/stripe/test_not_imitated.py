"""What Stripe has and the sandbox has not is refused by name; what neither has is unknown."""

import importlib
import re
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import stripe as sdk

from lightning_cart_sandbox.schema import Either, Fields, FieldType, ListOf
from lightning_cart_sandbox.stripe.endpoints import ENDPOINTS
from lightning_cart_sandbox.stripe.paths import PATHS
from lightning_cart_sandbox.stripe.unsettable import Unsettable
from support.sandbox_clients import PayPalClient

SERVICES = tuple(Path(sdk.__file__).parent.rglob("*_service.py"))
CALL = re.compile(r'    def \w+\(\s*self(.*?)_request(?:_stream)?\(\s*"(get|post|delete)",\s*"/v1/([^"]*)"', re.DOTALL)
OPTIONS = ("api_key", "content_type", "headers", "idempotency_key", "max_network_retries", "stripe_account", "stripe_context")


@cache
def operations() -> dict[tuple[str, str], tuple[str, str] | None]:
    """Return stripe-python's operations by method and path, each with the module and the name of its parameters' type."""
    found: dict[tuple[str, str], tuple[str, str] | None] = {}
    for service in SERVICES:
        text = service.read_text("utf-8")
        for arguments, method, path in CALL.findall(text):
            name = re.search(r'params: (?:Optional\[)?"(\w+)"', arguments)
            source = name and re.search(rf"from (stripe\.params[\w.]*) import \(?\s*{name[1]}\b", text)
            found[method.upper(), re.sub(r"\{[^}]+\}", "*", path)] = (source[1], name[1]) if name and source else None
    return found


def unknown_names(params: Any, field: FieldType, where: str = "") -> list[str]:
    """Return the parameters of stripe-python that a field does not know."""
    while isinstance(field, Unsettable | Either | ListOf):
        field = field.item if isinstance(field, ListOf) else field.fields if isinstance(field, Either) else field.field
    if not isinstance(field, Fields):
        return []
    found = []
    for name, hint in params.__annotations__.items():
        if name in field.members:
            inner = re.findall(r"\b[A-Z]\w+Params[A-Z]\w+\b", getattr(hint, "__forward_arg__", str(hint)))
            types = [getattr(sys.modules[params.__module__], one, None) for one in inner]
            nested = [unknown_names(one, field.members[name], f"{where}{name}.") for one in types if one]
            found += [name for names in nested for name in names]
        elif where or name not in (*OPTIONS, "stripe_version"):
            found.append(where + name)
    return found


def test_the_table_has_exactly_the_operations_of_the_sdk() -> None:
    assert PATHS.operations() == set(operations())


def test_every_parameter_of_the_sdk_is_known_to_its_endpoint() -> None:
    found = {}
    for one in ENDPOINTS:
        source = operations()[one.method, one.path]
        params = source and getattr(importlib.import_module(source[0]), source[1])
        found[f"{one.method} {one.path}"] = unknown_names(params, one.fields) if params else []
    assert {operation: names for operation, names in found.items() if names} == {}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "invoiceitems"),
        ("GET", "customers/search"),
        ("GET", "customers/cus_1/tax_ids"),
        ("DELETE", "invoices/in_1"),
        ("POST", "subscriptions"),
        ("POST", "test_helpers/test_clocks/clock_1/advance"),
    ],
)
def test_an_operation_of_stripe_is_refused_by_name(stripe: Any, method: str, path: str) -> None:
    answer = stripe.api(method, path)
    error = answer.json()["error"]
    assert (answer.status_code, error["type"], error["code"]) == (404, "invalid_request_error", "sandbox_not_imitated")
    assert error["message"].startswith(f"{method} /v1/{path} is not imitated by this sandbox.")


@pytest.mark.parametrize(("method", "path"), [("DELETE", "payment_intents/pi_1"), ("PUT", "customers"), ("GET", "tea")])
def test_an_operation_that_stripe_has_not_is_unrecognized(stripe: Any, method: str, path: str) -> None:
    assert stripe.api(method, path).json()["error"]["message"].startswith(f"Unrecognized request URL ({method}: /v1/{path}).")


@pytest.mark.parametrize(
    ("path", "param", "code"),
    [
        ("customers", "balance", "sandbox_not_imitated"),
        ("customers", "colour", "parameter_unknown"),
        ("coupons", "currency_options", "sandbox_not_imitated"),
        ("coupons", "percent", "parameter_unknown"),
        ("payment_intents/pi_1/confirm", "confirmation_token", "sandbox_not_imitated"),
        ("payment_intents/pi_1/confirm", "payment_token", "parameter_unknown"),
    ],
)
def test_a_parameter_is_refused_as_what_it_is(stripe: Any, path: str, param: str, code: str) -> None:
    error = stripe.api("POST", path, {param: "1"}).json()["error"]
    assert (error["code"], error["param"]) == (code, param)


def test_what_square_has_is_refused_by_name(stripe: Any) -> None:
    square = stripe.ask("GET", "/square/v2/bookings", headers={"authorization": "Bearer EAAAsandbox"})
    error = square.json()["errors"][0]
    assert (square.status_code, error["code"]) == (404, "SANDBOX_NOT_SUPPORTED")
    assert error["detail"].startswith("GET /v2/bookings is not imitated by this sandbox.")


@pytest.mark.parametrize("path", ["/v1/billing/plans", "/v3/vault/setup-tokens"])
def test_what_paypal_has_is_refused_by_name(stripe: Any, path: str) -> None:
    answer = PayPalClient(stripe).api("POST", path, {})
    issue = answer.json()["details"][0]
    assert (answer.status_code, issue["issue"]) == (404, "SANDBOX_NOT_IMITATED")
    assert issue["description"].startswith(f"POST {path} is not imitated by this sandbox.")


def test_what_paypal_has_not_is_just_not_found(stripe: Any) -> None:
    assert PayPalClient(stripe).api("POST", "/v1/tea", {}).json()["details"] == []
