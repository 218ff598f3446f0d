"""Square's API: tokens, versions, strict JSON, idempotency, links, orders, and errors in its own shape."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judged.tour_square import ADDRESS, OPTIONS, full_order, pickup, shipment
from lightning_cart_sandbox.schema import Fields
from lightning_cart_sandbox.square.errors import SquareError
from lightning_cart_sandbox.square.parameters import LINK_CREATE, REFUND_CREATE
from lightning_cart_sandbox.square.schema import read
from support.sandbox_clients import (
    LINKS,
    SquareClient,
    StripeClient,
    line,
    link_body,
    order,
    read_error,
    square_money,
)


@pytest.fixture
def square(stripe: Any) -> SquareClient:
    return SquareClient(stripe)


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        pytest.param("Bearer EAAAEOabc_-1", 200, id="a token as Square makes them"),
        pytest.param("Bearer sandbox-anything", 200, id="a token of the sandbox's own"),
        pytest.param("", 401, id="no token"),
        pytest.param("Bearer ", 401, id="an empty token"),
        pytest.param("Bearer sk_test_1", 401, id="another provider's key"),
        pytest.param("Basic EAAA", 401, id="another scheme"),
    ],
)
def test_a_token_opens_the_account(stripe: Any, authorization: str, status: int) -> None:
    answer = stripe.ask("GET", "/square/v2/locations", headers={"authorization": authorization})
    assert answer.status_code == status
    if status == 401:
        (error,) = answer.json()["errors"]
        assert (error["category"], error["code"]) == ("AUTHENTICATION_ERROR", "UNAUTHORIZED")


@pytest.mark.parametrize(
    ("version", "code"),
    [
        ("2026-09-16", None),
        ("2025-08-20", None),
        ("2024-01-18", "API_VERSION_INCOMPATIBLE"),
        ("newest", "INVALID_SQUARE_VERSION_FORMAT"),
    ],
)
def test_versions_older_than_the_imitated_one_are_refused(square: SquareClient, version: str, code: str | None) -> None:
    answer = square.api("GET", "locations", headers={"square-version": version})
    assert (answer.json().get("errors", [{}])[0].get("code"), answer.headers["square-version"]) == (code, version)


@pytest.mark.parametrize(
    ("method", "path", "refusal"),
    [
        pytest.param("GET", "nothing", (404, "NOT_FOUND", None), id="an address that is none"),
        pytest.param("PUT", "locations", (405, "METHOD_NOT_ALLOWED", None), id="a method that is none"),
        pytest.param("GET", "orders/x", (404, "NOT_FOUND", None), id="no such order"),
        pytest.param("GET", "payments/x", (404, "NOT_FOUND", None), id="no such payment"),
        pytest.param("GET", "refunds/x", (404, "NOT_FOUND", None), id="no such refund"),
        pytest.param("GET", "locations/x", (404, "NOT_FOUND", None), id="no such location"),
        pytest.param("GET", f"{LINKS}/x", (404, "NOT_FOUND", None), id="no such link"),
        pytest.param("DELETE", f"{LINKS}/x", (404, "NOT_FOUND", None), id="no link to delete"),
        pytest.param("GET", "webhooks/subscriptions/x", (404, "NOT_FOUND", None), id="no such subscription"),
        pytest.param("GET", "locations?colour=red", (400, "UNKNOWN_QUERY_PARAMETER", "colour"), id="an unknown parameter"),
        pytest.param("GET", f"{LINKS}?limit=ten", (400, "EXPECTED_INTEGER", "limit"), id="a limit in words"),
        pytest.param("GET", f"{LINKS}?cursor=x", (400, "INVALID_CURSOR", "cursor"), id="a cursor that is none"),
        pytest.param("GET", "locations?a=%ff", (400, "BAD_REQUEST", None), id="a query that is not text"),
    ],
)
def test_what_is_not_there_is_refused_in_the_same_shape(square: SquareClient, method: str, path: str, refusal: Any) -> None:
    assert read_error(square.api(method, path)) == refusal


@pytest.mark.parametrize(
    ("body", "kind", "code"),
    [
        pytest.param(b"{", "application/json", "EXPECTED_JSON_BODY", id="half an object"),
        pytest.param(b"\xff", "application/json", "EXPECTED_JSON_BODY", id="bytes that are not text"),
        pytest.param(b'{"a":NaN}', "application/json", "EXPECTED_JSON_BODY", id="a number that is none"),
        pytest.param(b'{"order":{},"order":{}}', "application/json", "EXPECTED_JSON_BODY", id="a name given twice"),
        pytest.param(b"[" * 100_000, "application/json", "EXPECTED_JSON_BODY", id="nested without end"),
        pytest.param(b"[]", "application/json", "EXPECTED_OBJECT", id="a list"),
        pytest.param(b"", "application/json", "MISSING_REQUIRED_PARAMETER", id="nothing"),
        pytest.param(b"a=b", "application/x-www-form-urlencoded", "INVALID_CONTENT_TYPE", id="a form"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(square: SquareClient, body: bytes, kind: str, code: str) -> None:
    answer = square.api("POST", LINKS, content=body, headers={"content-type": kind})
    assert read_error(answer)[:2] == (400, code)


def test_a_body_too_large_is_refused(square: SquareClient) -> None:
    assert square.create(description="x" * 1_100_000).status_code == 413


def with_line(**changes: Any) -> dict[str, Any]:
    return {"order": order(line_items=[line(**changes)])}


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        pytest.param({"colour": "red"}, "BAD_REQUEST", "colour", id="a field nobody knows"),
        pytest.param(with_line(price=1), "BAD_REQUEST", "order.line_items[0].price", id="an unknown nested field"),
        pytest.param(
            {"order": order(total_money=square_money(1000))}, "BAD_REQUEST", "order.total_money", id="sums of the shop's"
        ),
        pytest.param({"order": order(id="o1")}, "BAD_REQUEST", "order.id", id="an order that exists"),
        pytest.param({"order": None}, "MISSING_REQUIRED_PARAMETER", "order", id="nothing to pay"),
        pytest.param(
            {"quick_pay": {"name": "x", "price_money": square_money(1), "location_id": "LSANDBOXUSD"}},
            "CONFLICTING_PARAMETERS",
            "quick_pay",
            id="an order and a quick pay",
        ),
        pytest.param({"order": order(location_id=None)}, "MISSING_REQUIRED_PARAMETER", "order.location_id", id="no location"),
        pytest.param({"order": order(location_id="L1")}, "NOT_FOUND", "order.location_id", id="a location that is none"),
        pytest.param({"order": order(line_items=[])}, "ARRAY_EMPTY", "order.line_items", id="no lines"),
        pytest.param({"order": order(line_items=[line()] * 501)}, "ARRAY_LENGTH_TOO_LONG", "order.line_items", id="501 lines"),
        pytest.param(with_line(quantity=1), "EXPECTED_STRING", "order.line_items[0].quantity", id="a quantity as a number"),
        pytest.param(with_line(quantity="1.5"), "INVALID_VALUE", "order.line_items[0].quantity", id="half a thing"),
        pytest.param(with_line(quantity="0"), "INVALID_VALUE", "order.line_items[0].quantity", id="a quantity of nothing"),
        pytest.param(with_line(quantity="-1"), "INVALID_VALUE", "order.line_items[0].quantity", id="less than nothing"),
        pytest.param(with_line(quantity="٣"), "INVALID_VALUE", "order.line_items[0].quantity", id="digits of another script"),
        pytest.param(with_line(quantity="1" * 13), "VALUE_TOO_LONG", "order.line_items[0].quantity", id="13 digits"),
        pytest.param(with_line(quantity=None), "MISSING_REQUIRED_PARAMETER", "order.line_items[0].quantity", id="no quantity"),
        pytest.param(with_line(name=None), "MISSING_REQUIRED_PARAMETER", "order.line_items[0].name", id="no name"),
        pytest.param(with_line(name="x" * 513), "VALUE_TOO_LONG", "order.line_items[0].name", id="a name of 513 characters"),
        pytest.param(
            with_line(base_price_money=None),
            "MISSING_REQUIRED_PARAMETER",
            "order.line_items[0].base_price_money",
            id="no price",
        ),
        *(
            pytest.param(
                with_line(base_price_money=square_money(amount)),
                code,
                "order.line_items[0].base_price_money.amount",
                id=f"{amount!r}",
            )
            for amount, code in [
                ("1000", "EXPECTED_INTEGER"),
                (10.0, "EXPECTED_INTEGER"),
                (True, "EXPECTED_INTEGER"),
                (-1, "VALUE_TOO_LOW"),
                (2**70, "VALUE_TOO_HIGH"),
            ]
        ),
        pytest.param(
            with_line(base_price_money=square_money(1, "usd")),
            "INVALID_VALUE",
            "order.line_items[0].base_price_money.currency",
            id="a currency in small letters",
        ),
        pytest.param(
            with_line(base_price_money=square_money(1, "EUR")),
            "INVALID_VALUE",
            "order.line_items[0].base_price_money.currency",
            id="a currency that is not the location's",
        ),
        pytest.param(
            with_line(base_price_money=square_money(0)), "AMOUNT_TOO_LOW", "order.line_items", id="nothing to pay for"
        ),
        pytest.param(
            with_line(base_price_money=square_money(10**8)), "AMOUNT_TOO_HIGH", "order.line_items", id="too much to pay"
        ),
        pytest.param({"order": order(reference_id="x" * 41)}, "VALUE_TOO_LONG", "order.reference_id", id="a long reference"),
        pytest.param(
            {"order": order(metadata={f"k{n}": "v" for n in range(11)})}, "TOO_MANY_MAP_ENTRIES", "order.metadata", id="11 keys"
        ),
        pytest.param({"order": order(metadata={"a b": "v"})}, "VALUE_REGEX_MISMATCH", "order.metadata", id="a space in a key"),
        pytest.param(
            {"order": order(metadata={"k" * 61: "v"})}, "MAP_KEY_LENGTH_TOO_LONG", "order.metadata", id="a key of 61 characters"
        ),
        pytest.param(
            {"order": order(metadata={"k": "v" * 256})}, "VALUE_TOO_LONG", "order.metadata.k", id="a value of 256 characters"
        ),
        pytest.param({"order": order(metadata=[])}, "EXPECTED_MAP", "order.metadata", id="metadata that is a list"),
        pytest.param(
            {"checkout_options": {"redirect_url": "/ok"}},
            "INVALID_VALUE",
            "checkout_options.redirect_url",
            id="a relative address",
        ),
        pytest.param(
            {"checkout_options": {"redirect_url": "javascript:alert(1)"}},
            "INVALID_VALUE",
            "checkout_options.redirect_url",
            id="an address that is a script",
        ),
        pytest.param(
            {"checkout_options": {"redirect_url": "https://x.test/" + "a" * 2048}},
            "VALUE_TOO_LONG",
            "checkout_options.redirect_url",
            id="an address too long",
        ),
        pytest.param(
            {"checkout_options": {"cancel_url": "https://x.test"}},
            "BAD_REQUEST",
            "checkout_options.cancel_url",
            id="an address to cancel to",
        ),
        pytest.param(
            {"checkout_options": {"subscription_plan_id": "plan"}},
            "SANDBOX_NOT_SUPPORTED",
            "checkout_options.subscription_plan_id",
            id="something the sandbox has no copy of",
        ),
        pytest.param(
            {"checkout_options": {"shipping_fee": {"charge": square_money(1)}}},
            "MISSING_REQUIRED_PARAMETER",
            "checkout_options.shipping_fee.name",
            id="a shipping fee without a name",
        ),
        pytest.param(
            {"pre_populated_data": {"buyer_email": "ada@"}},
            "INVALID_EMAIL_ADDRESS",
            "pre_populated_data.buyer_email",
            id="a malformed e-mail",
        ),
        pytest.param(
            {"pre_populated_data": {"buyer_phone_number": "555"}},
            "INVALID_PHONE_NUMBER",
            "pre_populated_data.buyer_phone_number",
            id="a local telephone number",
        ),
        pytest.param({"payment_note": "x" * 501}, "VALUE_TOO_LONG", "payment_note", id="a note of 501 characters"),
        pytest.param({"payment_note": "\ud800"}, "INVALID_VALUE", "payment_note", id="half a character"),
        pytest.param({"idempotency_key": "x" * 193}, "VALUE_TOO_LONG", "idempotency_key", id="a key of 193 characters"),
        pytest.param({"description": 5}, "EXPECTED_STRING", "description", id="a description that is a number"),
    ],
)
def test_a_link_is_refused_with_the_field_named(square: SquareClient, changes: Any, code: str, field: str) -> None:
    answer = square.api("POST", LINKS, content=json.dumps(link_body(**changes)), headers={"content-type": "application/json"})
    assert read_error(answer) == (404 if code == "NOT_FOUND" else 400, code, field)
    assert answer.json()["errors"][0]["category"] == "INVALID_REQUEST_ERROR"
    assert square.get(LINKS) == {}


NAMES = st.sampled_from(
    [
        "order",
        "quick_pay",
        "location_id",
        "line_items",
        "name",
        "quantity",
        "base_price_money",
        "amount",
        "currency",
        "metadata",
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES | st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


def validation_error(schema: Fields, value: object) -> Any:
    """Return the body of the error that reading a value gives, or nothing."""
    try:
        read(schema, value)
    except SquareError as error:
        return error.body()
    return {}


@given(JSON)
def test_any_value_is_fields_or_a_square_error(value: Any) -> None:
    for schema in (LINK_CREATE, REFUND_CREATE):
        assert json.dumps(validation_error(schema, value)).isascii()


def changed(draw: Any, value: Any) -> Any:
    """Return a body with one part of it, anywhere, replaced by anything or left out."""
    if not isinstance(value, dict | list) or not value or draw(st.integers(0, 3)) == 0:
        return draw(JSON)
    key = draw(st.sampled_from(sorted(value) if isinstance(value, dict) else range(len(value))))
    copy: Any = dict(value) if isinstance(value, dict) else list(value)
    copy[key] = changed(draw, value[key])
    return copy


@st.composite
def nearly_right(draw: Any) -> Any:
    body = link_body(
        order=full_order(fulfillments=[draw(st.sampled_from([shipment(carrier="Post"), pickup(note="Ring")]))]),
        checkout_options={**OPTIONS, "ask_for_shipping_address": draw(st.booleans())},
        pre_populated_data={"buyer_email": "ada@example.com", "buyer_address": ADDRESS},
        idempotency_key=draw(st.text(max_size=3)),
    )
    return changed(draw, body)


def test_any_json_is_a_link_that_can_be_paid_or_a_square_error() -> None:
    stripe = StripeClient()
    square = SquareClient(stripe)

    @given(JSON | nearly_right())
    def always(body: Any) -> None:
        answer = square.api("POST", LINKS, content=json.dumps(body), headers={"content-type": "application/json"})
        if answer.status_code == 200:
            assert square.look(answer.json()["payment_link"]).status_code == 200
            assert square.read_order(answer.json()["payment_link"])["total_money"]["amount"] >= 1
            form = square.provider.buyer_forms["split"]
            assert stripe.ask("POST", square.panel(answer.json()["payment_link"]), data=form).status_code in {303, 422}
        else:
            assert read_error(answer)[0] in {400, 404}

    always()
    stripe.sandbox.store.close()


def test_a_link_comes_with_its_order_and_the_sums(square: SquareClient) -> None:
    fee = {"name": "Post", "charge": square_money(490)}
    lines = [
        line(quantity="2", base_price_money=square_money(1250), metadata={"sku": "MUG-1"}),
        line(base_price_money=square_money(900)),
    ]
    answer = square.create(
        order=order(line_items=lines, metadata={"order_id": "ord_1"}), checkout_options={"shipping_fee": fee}
    )
    link, (made,) = answer.json()["payment_link"], answer.json()["related_resources"]["orders"]
    assert (link["version"], link["order_id"], link["payment_note"]) == (1, made["id"], "ord_1")
    assert (made["state"], made["reference_id"], made["metadata"]) == ("DRAFT", "ord_1", {"order_id": "ord_1"})
    assert made["total_money"] == made["net_amount_due_money"] == square_money(3890)
    assert [one["total_money"]["amount"] for one in made["line_items"]] == [2500, 900]
    assert square.read_order(link) == made
    assert "tenders" not in made


def test_a_quick_pay_makes_the_same(square: SquareClient) -> None:
    quick_pay = {"name": "Auto detailing", "price_money": square_money(12500), "location_id": "LSANDBOXUSD"}
    link = square.link(order=None, quick_pay=quick_pay)
    made = square.read_order(link)
    assert (made["line_items"][0]["name"], made["total_money"]) == ("Auto detailing", square_money(12500))


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"price_money": square_money(1, "EUR")}, "INVALID_VALUE", "quick_pay.price_money.currency"),
        ({"price_money": square_money(0)}, "AMOUNT_TOO_LOW", "quick_pay.price_money"),
        ({"location_id": "L1"}, "NOT_FOUND", "quick_pay.location_id"),
        ({"name": ""}, "VALUE_TOO_SHORT", "quick_pay.name"),
    ],
)
def test_a_quick_pay_is_refused_by_its_own_fields(square: SquareClient, changes: Any, code: str, field: str) -> None:
    quick_pay = {"name": "x", "price_money": square_money(1), "location_id": "LSANDBOXUSD", **changes}
    assert read_error(square.create(order=None, quick_pay=quick_pay))[1:] == (code, field)


def test_yen_have_no_decimals_and_a_location_of_their_own(square: SquareClient) -> None:
    yen = order(location_id="LSANDBOXJPY", line_items=[line(base_price_money=square_money(1000, "JPY"))])
    assert "¥1,000" in square.look(square.link(order=yen)).text


def test_nulls_count_as_not_given(square: SquareClient) -> None:
    body = json.dumps({**link_body(), "quick_pay": None, "description": None})
    assert square.api("POST", LINKS, content=body, headers={"content-type": "application/json"}).status_code == 200


def test_the_same_key_gives_the_first_answer_again(square: SquareClient) -> None:
    first, second = (square.create(idempotency_key="chk-1") for _ in range(2))
    assert first.json() == second.json()
    assert len(square.get(LINKS)["payment_links"]) == 1


def test_the_same_key_with_another_body_is_refused(square: SquareClient) -> None:
    square.create(idempotency_key="chk-1")
    answer = square.create(idempotency_key="chk-1", description="other")
    assert read_error(answer) == (400, "IDEMPOTENCY_KEY_REUSED", "idempotency_key")


@pytest.mark.parametrize("key", [None, ""])
def test_without_a_key_every_call_is_its_own(square: SquareClient, key: str | None) -> None:
    assert square.link(idempotency_key=key)["id"] != square.link(idempotency_key=key)["id"]


def test_a_key_is_free_again_after_a_refusal(square: SquareClient) -> None:
    square.create(idempotency_key="chk-1", payment_note="x" * 501)
    assert square.create(idempotency_key="chk-1").status_code == 200


def test_links_come_in_pages_newest_first(square: SquareClient) -> None:
    made = [square.link()["id"] for _ in range(3)]
    first = square.get(LINKS, limit=2)
    second = square.get(LINKS, limit=2, cursor=first["cursor"])
    assert [one["id"] for one in first["payment_links"] + second["payment_links"]] == made[::-1]
    assert "cursor" not in second


def test_a_link_is_updated_at_its_version_only(square: SquareClient) -> None:
    link = square.link()
    wanted = {"payment_link": {"version": 1, "description": "new", "checkout_options": {"redirect_url": "https://x.test/"}}}
    first = square.api("PUT", f"{LINKS}/{link['id']}", json=wanted)
    second = square.api("PUT", f"{LINKS}/{link['id']}", json=wanted)
    assert (first.json()["payment_link"]["version"], first.json()["payment_link"]["description"]) == (2, "new")
    assert first.json()["payment_link"]["checkout_options"] == {"redirect_url": "https://x.test/"}
    assert read_error(second) == (409, "CONFLICT", "payment_link.version")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"order_id": "x"}, "BAD_REQUEST"),
        ({"payment_note": "x"}, "BAD_REQUEST"),
        ({"checkout_options": {"shipping_fee": {"name": "Post", "charge": square_money(1)}}}, "SANDBOX_NOT_SUPPORTED"),
    ],
)
def test_an_update_never_changes_what_is_paid(square: SquareClient, changes: Any, code: str) -> None:
    answer = square.api("PUT", f"{LINKS}/{square.link()['id']}", json={"payment_link": {"version": 1, **changes}})
    assert read_error(answer)[:2] == (400, code)


def test_deleting_a_link_cancels_its_order(square: SquareClient) -> None:
    link = square.link()
    answer = square.api("DELETE", f"{LINKS}/{link['id']}")
    assert answer.json() == {"id": link["id"], "cancelled_order_id": link["order_id"]}
    assert square.read_order(link)["state"] == "CANCELED"
    assert square.api("GET", f"{LINKS}/{link['id']}").status_code == 404
    assert square.get(LINKS) == {}


def test_deleting_a_paid_link_leaves_its_order(square: SquareClient) -> None:
    link = square.link()
    square.pay(link)
    assert square.api("DELETE", f"{LINKS}/{link['id']}").json() == {"id": link["id"]}
    assert square.read_order(link)["state"] == "OPEN"


def test_the_main_location_is_in_dollars(square: SquareClient) -> None:
    location = square.get("locations/main")["location"]
    assert (location["id"], location["currency"], location["status"]) == (square.provider.location_id, "USD", "ACTIVE")
    assert location in square.get("locations")["locations"]


def search(square: SquareClient, **changes: Any) -> Any:
    answer = square.api("POST", "orders/search", json={"location_ids": ["LSANDBOXUSD"], **changes})
    return answer.json()


def test_orders_are_found_by_state_time_and_location(square: SquareClient) -> None:
    link = square.link()
    square.pay(square.link())
    square.client.now += 60
    late = square.link()
    drafts = search(square, query={"filter": {"state_filter": {"states": ["DRAFT"]}}, "sort": {"sort_field": "CREATED_AT"}})
    window = {"created_at": {"start_at": "2026-05-28T20:27:00Z"}}
    assert [one["id"] for one in drafts["orders"]] == [late["order_id"], link["order_id"]]
    entries = search(square, return_entries=True, query={"filter": {"date_time_filter": window}})
    assert entries == {"order_entries": [{"order_id": late["order_id"], "version": 1, "location_id": "LSANDBOXUSD"}]}
    assert search(square, location_ids=["LSANDBOXEUR"]) == {}
    assert [len(search(square, limit=2)["orders"]), "cursor" in search(square, limit=2)] == [2, True]


@pytest.mark.parametrize(
    ("window", "code"),
    [
        ({"created_at": {"start_at": "yesterday"}}, "INVALID_TIME"),
        ({"created_at": {"start_at": "2026-99-99T00:00:00Z"}}, "INVALID_TIME"),
        ({"paid_at": {}}, "BAD_REQUEST"),
    ],
)
def test_a_time_that_is_none_is_refused(square: SquareClient, window: Any, code: str) -> None:
    square.link()
    answer = square.api(
        "POST", "orders/search", json={"location_ids": ["LSANDBOXUSD"], "query": {"filter": {"date_time_filter": window}}}
    )
    assert read_error(answer)[:2] == (400, code)


def test_several_orders_are_read_at_once(square: SquareClient) -> None:
    link = square.link()
    answer = square.api("POST", "orders/batch-retrieve", json={"order_ids": [link["order_id"], "nothing"]})
    assert [one["id"] for one in answer.json()["orders"]] == [link["order_id"]]
