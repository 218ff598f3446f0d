"""A provider that does not respond: the buyer gets an error, and the repeated call continues the same order."""

import time

import httpx
import pytest

from support.runtimes import SILENT, SILENT_KEY, RuntimeShop

pytestmark = [pytest.mark.process, pytest.mark.xdist_group("runtimes")]


def test_a_call_that_timed_out_is_continued_by_the_same_key(shop: RuntimeShop, timeout_response: httpx.Response) -> None:
    assert (timeout_response.status_code, timeout_response.json()["type"]) == (504, "/problems/provider-timeout")
    assert timeout_response.headers["content-type"] == "application/problem+json"
    before, shop.gateway.no_answer_marker = time.time(), b"\0"
    again = shop.check_out(key=SILENT_KEY, metadata={"call": SILENT})
    assert again.status_code == 201
    calls = [one for one in shop.gateway.crossings if SILENT.encode() in one.body]
    assert len(calls) > 1
    assert len({(one.path, one.headers["idempotency-key"], one.body) for one in calls}) == 1
    order = shop.order(again.json())
    assert (order["status"], order["created_at"] < before) == ("open", True)
    assert again.json()["order_id"].encode() in calls[-1].body
