"""PayPal's answers and webhooks by the models of paypal-server-sdk, and by the facts that it does not have."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

from judged.json_checks import Check, check_anything, check_list, check_scalar, check_values
from judged.paypal_facts import ALWAYS, EVENTS, FORMATS, ISSUES, NAMES, OBJECTS, OBSERVED
from judged.watch import Answer, Judge
from lightning_cart_sandbox.paypal.api import Api
from lightning_cart_sandbox.types import Json

_SCALARS = {"str": str, "bool": bool, "int": int}
_ANNOTATION = re.compile(r"^    (\w+) \(([^)]+)\):", re.MULTILINE)
_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Za-z])(?=[0-9])")
_ORDERS, _PAYMENTS, _NOTIFICATIONS = "/v2/checkout/orders", "/v2/payments", "/v1/notifications"
_ROUTES: dict[str, tuple[str, str]] = {
    "POST /v1/oauth2/token": ("token", "Token"),
    f"POST {_ORDERS}": ("create", "Order"),
    f"GET {_ORDERS}/*": ("read", "Order"),
    f"PATCH {_ORDERS}/*": ("patch", ""),
    f"POST {_ORDERS}/*/capture": ("capture", "Order"),
    f"POST {_ORDERS}/*/track": ("track", "TrackedOrder"),
    f"PATCH {_ORDERS}/*/trackers/*": ("tracker", ""),
    f"GET {_PAYMENTS}/captures/*": ("payment", "CapturedPayment"),
    f"POST {_PAYMENTS}/captures/*/refund": ("refund", "Refund"),
    f"GET {_PAYMENTS}/refunds/*": ("refunded", "Refund"),
    f"POST {_NOTIFICATIONS}/webhooks": ("webhooks", "Webhook"),
    f"GET {_NOTIFICATIONS}/webhooks": ("webhooks", "Webhooks"),
    f"GET {_NOTIFICATIONS}/webhooks/*": ("webhooks", "Webhook"),
    f"DELETE {_NOTIFICATIONS}/webhooks/*": ("webhooks", ""),
    f"GET {_NOTIFICATIONS}/webhooks-events": ("webhooks", "Events"),
    f"GET {_NOTIFICATIONS}/webhooks-events/*": ("webhooks", "Event"),
    f"POST {_NOTIFICATIONS}/webhooks-events/*/resend": ("webhooks", "Event"),
    f"POST {_NOTIFICATIONS}/verify-webhook-signature": ("webhooks", "Verification"),
}
"""What each call is called in `ISSUES`, and what it answers."""
_MINIMAL = {"create", "capture", "refund"}


@dataclass(frozen=True)
class Shape:
    """The members of an object: the type of each, and which are always there."""

    types: Mapping[str, str]
    always: frozenset[str]


def findings(kind: str, document: Any) -> list[str]:
    """Return what differs from the official types, each with its path.

    Args:
        kind: An object's name, such as `Order`; a type of event; `error CALL STATUS`; or "" for an answer without a body.
        document: The parsed body.
    """
    found: list[str] = []
    if not kind:
        return [] if document is None else [f"{document!r:.60} is not an empty body"]
    if kind.startswith("error "):
        _, call, status = kind.split(" ")
        _check_error(document, call, int(status), found)
    else:
        _check_object("Event" if kind in EVENTS else kind)(document, kind, found)
        if kind in EVENTS and not found:
            _check_event_type(document, kind, found)
    return found


def route_of(method: str, path: str) -> str:
    """Return the route of a request, such as `GET /v2/checkout/orders/*`; "" if PayPal has no such call."""
    request = f"{method} {path.removeprefix('/paypal')}"
    return next((route for route in _ROUTES if re.fullmatch(route.replace("*", "[^/]+"), request)), "")


def kind_of(answer: Answer) -> str:
    """Return the kind of an answer, for `findings`."""
    call, kind = _ROUTES.get(route_of(answer.method, answer.path), ("", ""))
    if answer.status >= 400:
        is_oauth = isinstance(answer.document, dict) and "error" in answer.document
        return "OAuthError" if is_oauth else f"error {call or 'none'} {answer.status}"
    minimal = call in _MINIMAL and "representation" not in answer.request_headers.get("prefer", "")
    return f"Minimal{kind}" if minimal else kind


@cache
def _shape(name: str) -> Shape | None:
    """Return the shape of an object by its name, or `None` if the SDK says that it is one of some strings."""
    if name in OBJECTS:
        members = OBJECTS[name].split(" ")
        types = [member.rstrip("!").partition(":") for member in members]
        always = [kind[0] for kind, member in zip(types, members, strict=True) if member.endswith("!")]
        return Shape({member: kind or "str" for member, _, kind in types}, frozenset(always))
    model = _model(name)
    if not hasattr(model, "_names"):
        return None
    annotations = dict(_ANNOTATION.findall(model.__doc__ or ""))
    optional = getattr(model, "_optionals", ())
    required = {api for attribute, api in model._names.items() if attribute not in optional}
    types_by_name = {api: annotations[attribute] for attribute, api in model._names.items()}
    return Shape(types_by_name, frozenset(required | set(ALWAYS.get(name, "").split())))


@cache
def _model(name: str) -> Any:
    return getattr(import_module(f"paypalserversdk.models.{_WORD.sub('_', name).lower()}"), name)


@cache
def _check(kind: str) -> Check:
    """Return the check of a type as the SDK writes it: `str`, `List[Money]`, `A|B`, or an object's name."""
    if kind in _SCALARS:
        return check_scalar(_SCALARS[kind])
    if kind.startswith("List["):
        return check_list(_check(kind[5:-1]))
    if kind == "Resource":
        return check_anything
    if "|" in kind or kind in {"Bearer", "1.0"}:
        return check_values(kind.split("|"))
    if kind not in OBJECTS and _shape(kind) is None:
        return check_values([value for name, value in vars(_model(kind)).items() if name.isupper() or name[:1].isupper()])
    return _check_object(kind)


@cache
def _check_object(name: str) -> Check:
    shape = _shape(name)
    assert shape is not None

    def check(value: Any, path: str, found: list[str]) -> None:
        if not isinstance(value, dict):
            found.append(f"{path}: {value!r:.40} is not an object")
            return
        found.extend(f"{path}.{member} is missing" for member in sorted(shape.always - value.keys()))
        for member, content in value.items():
            here = f"{path}.{member}"
            if member not in shape.types:
                found.append(f"{here} does not exist")
                continue
            _check(shape.types[member])(content, here, found)
            pattern = FORMATS.get(f"{name}.{member}") or FORMATS.get(member)
            if pattern and isinstance(content, str) and not re.fullmatch(pattern, content, re.DOTALL):
                found.append(f"{here}: {content!r:.60} has not the format {pattern}")

    return check


def _check_event_type(document: Json, event_type: str, found: list[str]) -> None:
    """Check the resource of an event, and what the event says about it."""
    resource_type, version, kind, status = EVENTS[event_type]
    expected = {"event_type": event_type, "resource_type": resource_type, "resource_version": version or None}
    for member, value in expected.items():
        if document.get(member) != value:
            found.append(f"{event_type}.{member}: {document.get(member)!r} is not {value!r}")
    _check_object(kind)(document["resource"], f"{event_type}.resource", found)
    if status and document["resource"].get("status") != status:
        found.append(f"{event_type}.resource.status: {document['resource'].get('status')!r} is not {status}")


def _check_error(document: Any, call: str, status: int, found: list[str]) -> None:
    _check_object("Error")(document, "error", found)
    if found:
        return
    if NAMES.get(status, {}).get(document["name"]) != document["message"]:
        found.append(f"error {status}: {document['name']} with {document['message']!r:.60} is not an error of PayPal's")
    if call in {"none", "token", "webhooks"}:
        return
    for detail in document["details"]:
        issue, sentence = detail["issue"], detail["description"]
        if issue.startswith("SANDBOX_") or OBSERVED.get(issue) == sentence:
            continue
        sentences = _sentences(issue, call, status)
        if not sentences:
            found.append(f"error.details: {issue} is no issue of {call} with {status}")
        elif sentence not in sentences and "" not in sentences:
            found.append(f"error.details: {sentence!r:.60} is not what PayPal says about {issue}")


def _sentences(issue: str, call: str, status: int) -> set[str]:
    """Return what a call says about an issue. What is wrong with a request in general is not listed for every call."""
    said = ISSUES.get(issue, {})
    listed = {sentence for sentence, places in said.items() if f"{call} {status}" in places}
    general = {sentence for sentence, places in said.items() if any(place.endswith(str(status)) for place in places)}
    return listed or (set() if status == 422 else general)


def _judge_answer(answer: Answer) -> list[str]:
    return findings(kind_of(answer), answer.document)


def _judge_event(event_type: str, document: Json) -> list[str]:
    return findings(event_type, document) if event_type in EVENTS else [f"{event_type} is not known"]


JUDGE = Judge("paypal", Api, _judge_answer, _judge_event)
"""Holds the sandbox's PayPal to paypal-server-sdk and the facts."""
