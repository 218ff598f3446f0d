"""Square's responses and events by squareup's models: names, types and values.

squareup makes nearly every name optional. What must be there is in `REQUIRED`: names that every example in Square's API
reference has. Null is a finding, because Square leaves out what is empty.
"""

import re
from functools import cache
from importlib import import_module
from types import NoneType
from typing import Any, Literal, Union, get_args, get_origin

import pydantic
from square.core.serialization import get_field_to_alias_mapping

from judged.json_checks import (
    SCALARS,
    Check,
    check_anything,
    check_list,
    check_map,
    check_scalar,
    check_values,
)
from judged.watch import Answer, Judge
from lightning_cart_sandbox.square.api import Api
from lightning_cart_sandbox.types import Json

_LINKS, _HOOKS = "online-checkout/payment-links", "webhooks/subscriptions"
RESPONSES = {
    f"POST {_LINKS}": "CreatePaymentLinkResponse",
    f"GET {_LINKS}": "ListPaymentLinksResponse",
    f"GET {_LINKS}/*": "GetPaymentLinkResponse",
    f"PUT {_LINKS}/*": "UpdatePaymentLinkResponse",
    f"DELETE {_LINKS}/*": "DeletePaymentLinkResponse",
    "POST orders/search": "SearchOrdersResponse",
    "POST orders/batch-retrieve": "BatchGetOrdersResponse",
    "POST orders/calculate": "CalculateOrderResponse",
    "GET orders/*": "GetOrderResponse",
    "PUT orders/*": "UpdateOrderResponse",
    "GET payments/*": "GetPaymentResponse",
    "POST refunds": "RefundPaymentResponse",
    "GET refunds/*": "GetPaymentRefundResponse",
    "GET customers": "ListCustomersResponse",
    "POST customers/search": "SearchCustomersResponse",
    "GET customers/*": "GetCustomerResponse",
    "GET disputes": "ListDisputesResponse",
    "GET disputes/*": "GetDisputeResponse",
    "GET locations": "ListLocationsResponse",
    "GET locations/*": "GetLocationResponse",
    f"POST {_HOOKS}": "CreateWebhookSubscriptionResponse",
    f"GET {_HOOKS}": "ListWebhookSubscriptionsResponse",
    f"GET {_HOOKS}/*": "GetWebhookSubscriptionResponse",
    f"PUT {_HOOKS}/*": "UpdateWebhookSubscriptionResponse",
    f"DELETE {_HOOKS}/*": "DeleteWebhookSubscriptionResponse",
    f"POST {_HOOKS}/*/signature-key": "UpdateWebhookSubscriptionSignatureKeyResponse",
    f"POST {_HOOKS}/*/test": "TestWebhookSubscriptionResponse",
}
"""The class of each endpoint's response."""

REQUIRED = {
    "CreatePaymentLinkResponse": "payment_link related_resources",
    "GetPaymentLinkResponse": "payment_link",
    "UpdatePaymentLinkResponse": "payment_link",
    "DeletePaymentLinkResponse": "id",
    "CalculateOrderResponse": "order",
    "GetOrderResponse": "order",
    "UpdateOrderResponse": "order",
    "GetPaymentResponse": "payment",
    "RefundPaymentResponse": "refund",
    "GetPaymentRefundResponse": "refund",
    "GetCustomerResponse": "customer",
    "GetDisputeResponse": "dispute",
    "ListLocationsResponse": "locations",
    "GetLocationResponse": "location",
    "CreateWebhookSubscriptionResponse": "subscription",
    "GetWebhookSubscriptionResponse": "subscription",
    "UpdateWebhookSubscriptionResponse": "subscription",
    "UpdateWebhookSubscriptionSignatureKeyResponse": "signature_key",
    "TestWebhookSubscriptionResponse": "subscription_test_result",
    "PaymentLinkRelatedResources": "orders",
    "PaymentLink": "id version order_id url long_url created_at",
    "Order": "location_id created_at updated_at state version total_money",
    "OrderEntry": "order_id version location_id",
    "OrderLineItem": "uid quantity base_price_money gross_sales_money total_tax_money total_discount_money total_money",
    "OrderLineItemModifier": "uid base_price_money total_price_money",
    "OrderLineItemDiscount": "uid type scope applied_money",
    "OrderLineItemAppliedDiscount": "uid discount_uid applied_money",
    "OrderLineItemTax": "uid type percentage scope applied_money",
    "OrderLineItemAppliedTax": "uid tax_uid applied_money",
    "OrderServiceCharge": "uid name applied_money total_money total_tax_money calculation_phase type",
    "Fulfillment": "uid type state",
    "Tender": "id location_id transaction_id created_at amount_money type payment_id",
    "Payment": "id created_at updated_at amount_money total_money status source_type location_id order_id version_token",
    "PaymentRefund": "id status amount_money payment_id order_id location_id created_at updated_at",
    "Dispute": "id amount_money reason state due_at disputed_payment card_brand created_at updated_at version location_id",
    "DisputedPayment": "payment_id",
    "Customer": "id created_at updated_at creation_source preferences version",
    "Location": "id name status merchant_id country currency",
    "WebhookSubscription": "id name enabled event_types notification_url api_version created_at updated_at",
    "SubscriptionTestResult": "id payload created_at updated_at",
    "Money": "amount currency",
    "Error": "category code detail",
    "OrderCreated": "order_id version location_id state created_at",
    "OrderFulfillmentUpdated": "order_id version location_id state created_at updated_at fulfillment_update",
    "OrderFulfillmentUpdatedUpdate": "fulfillment_uid old_state new_state",
    "OrderUpdated": "order_id version location_id state created_at updated_at",
}
"""Names that are always there, by class. Those of events are in `_REQUIRED_OF_EVENTS`."""
_REQUIRED_OF_EVENTS = "merchant_id type event_id created_at data"
_REQUIRED_OF_EVENT_DATA = "type id object"

_VALUES = {
    ("Payment", "status"): "APPROVED PENDING COMPLETED CANCELED FAILED",
    ("Payment", "source_type"): "CARD BANK_ACCOUNT WALLET BUY_NOW_PAY_LATER SQUARE_ACCOUNT CASH EXTERNAL",
    ("Payment", "delay_action"): "CANCEL COMPLETE",
    ("CardPaymentDetails", "status"): "AUTHORIZED CAPTURED VOIDED FAILED",
    ("CardPaymentDetails", "entry_method"): "KEYED SWIPED EMV ON_FILE CONTACTLESS",
    ("CardPaymentDetails", "cvv_status"): "CVV_ACCEPTED CVV_REJECTED CVV_NOT_CHECKED",
    ("CardPaymentDetails", "avs_status"): "AVS_ACCEPTED AVS_REJECTED AVS_NOT_CHECKED",
    ("PaymentRefund", "status"): "PENDING COMPLETED REJECTED FAILED",
    ("PaymentRefund", "destination_type"): "CARD BANK_ACCOUNT WALLET BUY_NOW_PAY_LATER CASH EXTERNAL SQUARE_ACCOUNT",
}
"""The values that the API reference names for members which squareup types as strings."""
_ALIASES = {f"Dispute{step}EventObject": {"object": "dispute"} for step in ("Created", "StateUpdated")}
"""Names that squareup has wrong, by class: all examples in the API reference have these instead."""


def findings(kind: str, document: Any) -> list[str]:
    """Return what differs from the official types, each with its path.

    Args:
        kind: The name of a class of squareup, such as `GetOrderResponse`, the type of an event, such as `payment.updated`, or
            `Errors` for the body of an error.
        document: The parsed body.
    """
    if kind == "Errors":
        return _check_errors(document)
    found: list[str] = []
    name = event_class(kind) if "." in kind else kind
    try:
        model = _model(name)
    except ModuleNotFoundError:
        return [f"{kind}: Square has no {name}"]
    _check_model(model)(document, kind, found)
    if "." in kind and not found:
        found.extend(_check_envelope(kind, document))
    return found


def event_class(event_type: str) -> str:
    """Return the name of the class of an event."""
    return "".join(word.capitalize() for word in event_type.replace("_", ".").split(".")) + "Event"


@cache
def _model(name: str) -> type[pydantic.BaseModel]:
    module = import_module(f"square.types.{re.sub('(?<!^)(?=[A-Z])', '_', name).lower()}")
    model: type[pydantic.BaseModel] = getattr(module, name)
    return model


def route_of(method: str, path: str) -> str:
    """Return the key of `RESPONSES` for a request, or method and path if there is none.

    Args:
        method: The HTTP method.
        path: The path, which has `/v2/` somewhere.
    """
    called = path.partition("/v2/")[2]
    segments = called.strip("/").split("/")
    for route in RESPONSES:
        verb, _, pattern = route.partition(" ")
        parts = pattern.split("/")
        fits = len(parts) == len(segments) and all(mine in {"*", theirs} for mine, theirs in zip(parts, segments, strict=True))
        if verb == method and fits:
            return route
    return f"{method} {called}"


def _judge_answer(answer: Answer) -> list[str]:
    kind = RESPONSES[route_of(answer.method, answer.path)] if answer.status == 200 else "Errors"
    return findings(kind, answer.document)


def _check_errors(document: Any) -> list[str]:
    if not isinstance(document, dict) or list(document) != ["errors"]:
        return [f"{document!r:.60} is not an error's body"]
    found: list[str] = []
    check_list(_check_model(_model("Error")))(document["errors"], "errors", found)
    return found


def _check_envelope(event_type: str, event: Json) -> list[str]:
    data = event["data"]
    wrong = [f"{event_type}.type: {event['type']}"] if event["type"] != event_type else []
    if list(data["object"]) != [data["type"]]:
        wrong.append(f"{event_type}.data.object: {list(data['object'])} is not the object named {data['type']}")
    return wrong


@cache
def _check_model(model: type[pydantic.BaseModel]) -> Check:
    aliases = get_field_to_alias_mapping(model) | _ALIASES.get(model.__name__, {})
    members = {aliases.get(name, name): field for name, field in model.model_fields.items()}
    required = {*_required(model.__name__), *(name for name, field in members.items() if field.is_required())}

    def check(value: Any, path: str, found: list[str]) -> None:
        if not isinstance(value, dict):
            found.append(f"{path}: {value!r:.40} is not an object")
            return
        found.extend(f"{path}.{name}: is missing" for name in sorted(required - value.keys()))
        for name, member in value.items():
            if name not in members:
                found.append(f"{path}.{name}: does not exist")
            elif member is None:
                found.append(f"{path}.{name}: is null, which Square leaves out")
            else:
                _check_member(model, name, members[name].annotation)(member, f"{path}.{name}", found)

    return check


def _required(name: str) -> list[str]:
    if name.endswith("Event"):
        place = " location_id" if name.startswith("Dispute") else ""
        return f"{_REQUIRED_OF_EVENTS}{place}".split()
    return (_REQUIRED_OF_EVENT_DATA if name.endswith("EventData") else REQUIRED.get(name, "")).split()


def _check_member(model: type, name: str, annotation: Any) -> Check:
    values = _VALUES.get((model.__name__, name))
    return check_values(values.split()) if values else _check_annotation(annotation)


def _check_annotation(annotation: Any) -> Check:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Union or annotation is Any:  # squareup writes an enum as a union of its values and anything
        known = [one for one in arguments if one not in {NoneType, Any}]
        return _check_annotation(*known) if known else check_anything
    if origin is Literal:
        return check_values(arguments)
    if origin is list:
        return check_list(_check_annotation(arguments[0]))
    if origin is dict:
        return check_map(_check_annotation(arguments[1]))
    return check_scalar(annotation) if annotation in SCALARS else _check_model(annotation)


JUDGE = Judge("square", Api, _judge_answer, findings)
