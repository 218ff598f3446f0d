"""Every cart that must be refused, with the field of its error: used by the core's tests and over real HTTP."""

from typing import Any


def items(*pairs: Any) -> dict[str, Any]:
    return {"items": [{"id": product_id, "quantity": quantity} for product_id, quantity in pairs]}


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no items": ({}, "items"),
    "empty cart": ({"items": []}, "items"),
    "items not a list": ({"items": {"id": "test-10"}}, "items"),
    "item not an object": ({"items": ["test-10"]}, "items[0]"),
    "unknown product": (items(("nothing", 1)), "items[0].id"),
    "product id of another type": (items((["test-10"], 1)), "items[0].id"),
    "inactive product": (items(("old", 1)), "items[0].id"),
    "product of another site": (items(("test-10", 1), ("elsewhere", 1)), "items[1].id"),
    "quantity zero": (items(("test-10", 0)), "items[0].quantity"),
    "quantity negative": (items(("test-10", -1)), "items[0].quantity"),
    "negative after a good line": (items(("test-10", 2), ("test-10", -1)), "items[1].quantity"),
    "quantity a float": (items(("test-10", 1.0)), "items[0].quantity"),
    "quantity a bool": (items(("test-10", True)), "items[0].quantity"),
    "quantity a string": (items(("test-10", "1")), "items[0].quantity"),
    "quantity absent": ({"items": [{"id": "test-10"}]}, "items[0].quantity"),
    "quantity over the limit": (items(("test-10", 11)), "items[0].quantity"),
    "quantity over the limit in two lines": (items(("test-10", 6), ("test-10", 5)), "items[1].quantity"),
    "quantity beyond all integers": (items(("test-10", 10**30)), "items[0].quantity"),
    "unknown site": (items(("test-10", 1)) | {"site": "nowhere"}, "site"),
    "site of another type": (items(("test-10", 1)) | {"site": 7}, "site"),
    "site left out where there are two": (items(("test-10", 1)) | {"site": None}, "site"),
    "unknown strategy": (items(("test-10", 1)) | {"strategy": "cash"}, "strategy"),
    "strategy of another type": (items(("test-10", 1)) | {"strategy": []}, "strategy"),
    "unknown currency": (items(("test-10", 1)) | {"currency": "XXX"}, "currency"),
    "currency that one product lacks": (items(("test-10", 1), ("mug", 1)) | {"currency": "EUR"}, "currency"),
    "currency of another type": (items(("test-10", 1)) | {"currency": 1}, "currency"),
    "no common currency": (items(("mug", 1), ("oud", 1)), "items"),
    "no common currency, one asked for": (items(("mug", 1), ("oud", 1)) | {"currency": "USD"}, "items"),
    "first price is not a common currency": (items(("oud", 1), ("test-10", 1)), "items"),
    "two intervals": (items(("club", 1), ("paper", 1)), "items"),
    "amount that the provider cannot charge exactly": (items(("oud", 1)) | {"currency": "KWD"}, "currency"),
    "total below the provider's minimum": (items(("pin", 4)), "items"),
    "malformed e-mail": (items(("test-10", 1)) | {"customer_email": "ada at example"}, "customer_email"),
    "e-mail with a line break": (items(("test-10", 1)) | {"customer_email": "a@b.example\nBcc: x@y.example"}, "customer_email"),
    "e-mail too long": (
        items(("test-10", 1)) | {"customer_email": f"{'a' * 64}@{'b' * 63}.{'c' * 63}.{'d' * 63}"},
        "customer_email",
    ),
    "e-mail of another type": (items(("test-10", 1)) | {"customer_email": 1}, "customer_email"),
    "reserved metadata": (items(("test-10", 1)) | {"metadata": {"order_id": "ord_x"}}, "metadata.order_id"),
    "reserved site metadata": (items(("test-10", 1)) | {"metadata": {"site_id": "x"}}, "metadata.site_id"),
    "metadata value too long": (items(("test-10", 1)) | {"metadata": {"k": "x" * 501}}, "metadata.k"),
    "metadata value empty": (items(("test-10", 1)) | {"metadata": {"k": ""}}, "metadata.k"),
    "metadata value a number": (items(("test-10", 1)) | {"metadata": {"k": 1}}, "metadata.k"),
    "metadata value with a control character": (items(("test-10", 1)) | {"metadata": {"k": "a\0b"}}, "metadata.k"),
    "metadata value of a lone surrogate": (items(("test-10", 1)) | {"metadata": {"k": "\ud800"}}, "metadata.k"),
    "metadata key too long": (items(("test-10", 1)) | {"metadata": {"k" * 41: "x"}}, "metadata"),
    "metadata key with brackets": (items(("test-10", 1)) | {"metadata": {"a[b]": "x"}}, "metadata"),
    "too many metadata keys": (items(("test-10", 1)) | {"metadata": {f"k{n}": "x" for n in range(21)}}, "metadata"),
    "metadata of another type": (items(("test-10", 1)) | {"metadata": ["x"]}, "metadata"),
}
