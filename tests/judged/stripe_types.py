"""Stripe's objects by the annotations of stripe-python's resources: names, types and values.

stripe-python writes `Optional` for what can be null and for what can be absent. What must be there, if only as null, is known
to stripe-node's types alone: see `stripe_dts.py`.
"""

import ast
import sys
from functools import cache
from importlib import import_module
from inspect import get_annotations
from pathlib import Path
from types import NoneType
from typing import Any, ClassVar, ForwardRef, Literal, Union, get_args, get_origin

from stripe._error_object import ErrorObject
from stripe._list_object import ListObject
from stripe._object_classes import OBJECT_CLASSES
from stripe._search_result_object import SearchResultObject
from stripe._stripe_object import StripeObject, UntypedStripeObject

from judged.json_checks import (
    SCALARS,
    Check,
    check_anything,
    check_first_match,
    check_list,
    check_map,
    check_scalar,
    check_values,
)
from judged.watch import Answer, Judge
from lightning_cart_sandbox.stripe.account import API_VERSION
from lightning_cart_sandbox.stripe.api import Api
from lightning_cart_sandbox.types import Json


def findings(kind: str, document: Any) -> list[str]:
    """Return what differs from the official types, each with its path.

    Args:
        kind: The object's name, such as `checkout.session`; `error` for the body of an error, or "" for any object.
        document: The parsed body.
    """
    found: list[str] = []
    if kind == "error":
        if not isinstance(document, dict) or list(document) != ["error"]:
            return [f"error: {document!r:.60} is not an error's body"]
        _check_class(ErrorObject)(document["error"], "error", found)
        return found
    if not isinstance(document, dict) or (not kind and "object" not in document):
        return [f"{document!r:.60} is not an object of Stripe"]
    _check_resource(kind or str(document["object"]))(document, kind or str(document["object"]), found)
    return found


def _judge_answer(answer: Answer) -> list[str]:
    version = answer.headers.get("stripe-version", API_VERSION)
    if version[:10] < API_VERSION[:10]:
        return []  # objects of an older version have other names
    return findings("" if answer.status < 400 else "error", answer.document)


def _judge_event(_event_type: str, event: Json) -> list[str]:
    return [] if (event["api_version"] or API_VERSION)[:10] < API_VERSION[:10] else findings("event", event)


JUDGE = Judge("stripe", Api, _judge_answer, _judge_event)


@cache
def _check_resource(name: str) -> Check:
    if name not in OBJECT_CLASSES:
        return lambda _value, path, found: found.append(f"{path}: there is no object {name}")
    module, attribute = OBJECT_CLASSES[name]
    return _check_class(getattr(import_module(module), attribute))


@cache
def _check_class(cls: type) -> Check:
    """Return the check of an object: its required names, and the type of each name that it has."""
    if issubclass(cls, UntypedStripeObject):
        return check_map(check_anything)
    if issubclass(cls, ListObject | SearchResultObject):
        return _check_listing(cls, _check_any_resource)
    members = {name: hint for base in reversed(cls.__mro__) for name, hint in _annotations(base).items()}
    required = {name for name, (hint, _) in members.items() if not _is_optional(hint)} - {"deleted"}
    own_name = getattr(cls, "OBJECT_NAME", "")
    # The checks of members are made at first use, because types refer to each other.
    checks: dict[str, Check] = {}

    def check(value: Any, path: str, found: list[str]) -> None:
        if not isinstance(value, dict):
            found.append(f"{path}: {value!r:.40} is not an object")
            return
        needed = {"id", "object"} & required if value.get("deleted") is True else required
        found.extend(f"{path}.{name}: missing" for name in sorted(needed - value.keys()))
        for name, member in value.items():
            if name not in members:
                found.append(f"{path}.{name}: does not exist")
                continue
            if name not in checks:
                checks[name] = _check_hint(*members[name])
            checks[name](member, f"{path}.{name}", found)
        if own_name == "event" and isinstance(value.get("data"), dict):
            _check_any_resource(value["data"].get("object"), f"{path}.data.object", found)

    return check


def _annotations(cls: type) -> dict[str, tuple[Any, type]]:
    if not issubclass(cls, StripeObject) or cls.__module__ == "stripe._stripe_object":
        return {}
    hints = get_annotations(cls).items()
    return {name: (hint, cls) for name, hint in hints if _origin(hint) is not ClassVar and not name.startswith("_")}


def _origin(hint: Any) -> Any:
    return get_origin(hint)


def _is_optional(hint: Any) -> bool:
    return _origin(hint) is Union and NoneType in get_args(hint)


def _check_hint(hint: Any, owner: type) -> Check:
    """Return the check of an annotation; names in it are those of the module of `owner`."""
    if isinstance(hint, str | ForwardRef):
        hint = _resolve(hint if isinstance(hint, str) else hint.__forward_arg__, sys.modules[owner.__module__])
    if hint is Any:
        return check_anything
    if _origin(hint) is not None:
        return _check_generic(_origin(hint), get_args(hint), owner)
    return check_scalar(hint) if hint in SCALARS else _check_class(hint)


def _check_generic(origin: Any, arguments: tuple[Any, ...], owner: type) -> Check:
    if origin is Literal:
        return check_values(arguments)
    if origin is Union:
        return _check_union(arguments, owner)
    check_item = _check_hint(arguments[-1], owner)
    if origin is list:
        return check_list(check_item)
    return check_map(check_item) if origin in {dict, UntypedStripeObject} else _check_listing(origin, check_item)


def _resolve(name: str, module: Any) -> Any:
    if hasattr(module, name):
        return getattr(module, name)
    source, attribute = _imports(module.__file__)[name]
    return getattr(import_module(source), attribute)


@cache
def _imports(file: str) -> dict[str, tuple[str, str]]:
    """Return where each imported name of a module is from, including imports for types only."""
    nodes = [node for node in ast.walk(ast.parse(Path(file).read_text("utf-8"))) if isinstance(node, ast.ImportFrom)]
    return {alias.asname or alias.name: (str(node.module), alias.name) for node in nodes for alias in node.names}


def _check_any_resource(value: Any, path: str, found: list[str]) -> None:
    name = value.get("object") if isinstance(value, dict) else None
    _check_resource(str(name))(value, path, found)


def _check_listing(cls: type, check_item: Check) -> Check:
    names = {"object", "data", "has_more", "url"}
    optional = {"total_count"} if cls is ListObject else {"total_count", "next_page"}
    check_items = check_list(check_item)

    def check(value: Any, path: str, found: list[str]) -> None:
        if not isinstance(value, dict):
            found.append(f"{path}: {value!r:.40} is not a list object")
            return
        found.extend(f"{path}.{name}: missing" for name in sorted(names - value.keys()))
        found.extend(f"{path}.{name}: does not exist" for name in sorted(value.keys() - names - optional))
        check_values((cls.OBJECT_NAME,))(value.get("object"), f"{path}.object", found)  # type: ignore[attr-defined]
        check_scalar(bool)(value.get("has_more"), f"{path}.has_more", found)
        check_scalar(str)(value.get("url"), f"{path}.url", found)
        check_items(value.get("data"), f"{path}.data", found)

    return check


def _check_union(arguments: tuple[Any, ...], owner: type) -> Check:
    values = [value for one in arguments if get_origin(one) is Literal for value in get_args(one)]
    types = [one for one in arguments if one is not NoneType and get_origin(one) is not Literal]
    if values:
        # stripe-python allows any other string beside the known values; an imitation has no reason for one.
        types = [one for one in types if one is not str]
    checks = [check_values(values)] if values else []
    return check_first_match([*checks, *(_check_hint(one, owner) for one in types)], nullable=NoneType in arguments)
