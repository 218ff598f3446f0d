"""The operator's routes for codes: who may call them, what they take, and that a mistake saves nothing."""

import json
from typing import Any

import pytest

from lightning_cart.web.admin_codes import PAGE
from lightning_cart.web.responses import Answer
from support.app import ENV, Shop, problem
from support.builders import ADMIN_TOKEN, NOW

CODES = "/admin/codes"


class CodeShop(Shop):
    """A shop and its operator."""

    def ask(self, method: str, path: str, body: object = None) -> Answer:
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        return self.handle(method, path, data, authorization=f"Bearer {ADMIN_TOKEN}")

    def add(self, **fields: Any) -> Answer:
        return self.ask("POST", CODES, {"code": "SPRING", "percent": "10", **fields})

    def saved(self) -> int:
        return len(self.rows("SELECT * FROM codes")) + len(self.rows("SELECT * FROM operator_log"))


def content(answer: Answer) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(answer.body)
    return found


@pytest.mark.parametrize("authorization", ["", f"Bearer {ADMIN_TOKEN}x"])
@pytest.mark.parametrize(("method", "path"), [("GET", CODES), ("POST", CODES), ("POST", f"{CODES}/SPRING/end")])
def test_without_the_operators_token_nothing_is_shown_or_done(method: str, path: str, authorization: str) -> None:
    shop = CodeShop()
    response = shop.handle(method, path, b'{"code": "SPRING", "percent": "10"}', authorization=authorization)
    assert (response.status, problem(response)["type"], shop.saved()) == (401, "/problems/admin-token-needed", 0)


def test_without_a_configured_token_the_routes_are_closed() -> None:
    shop = CodeShop({name: value for name, value in ENV.items() if name != "ADMIN_TOKEN"})
    assert shop.ask("GET", CODES).status == 503


def test_another_method_is_told_which_there_are() -> None:
    shop = CodeShop()
    assert (shop.ask("PUT", CODES).status, shop.ask("OPTIONS", CODES).header("allow")) == (405, "GET, POST, HEAD, OPTIONS")


def test_a_code_is_added_and_answered_with_its_state() -> None:
    shop = CodeShop()
    fields = {
        "code": "five",
        "percent": None,
        "amounts": {"USD": "5.00"},
        "free_delivery": True,
        "products": ["test-10"],
        "categories": None,
        "least": {"USD": "20.00"},
        "from": NOW + 60,
        "until": "2050-12-31",
        "most_uses": 20,
        "once": True,
        "free": True,
        "replace": False,
        "reason": "a sale",
    }
    answer = shop.ask("POST", CODES, fields)
    assert (answer.status, content(answer)) == (
        201,
        {
            "code": "FIVE",
            "percent": None,
            "amounts": {"USD": "5.00"},
            "free_delivery": True,
            "products": ["test-10"],
            "categories": [],
            "least": {"USD": "20.00"},
            "from": NOW + 60,
            "until": 2556144000,
            "most_uses": 20,
            "once": True,
            "free": True,
            "state": "not yet",
            "uses": 0,
            "held": 0,
            "used": 0,
            "revision": 1,
        },
    )
    assert shop.rows("SELECT who, action, subject, reason FROM operator_log") == [("admin", "code add", "code:FIVE", "a sale")]


def test_a_code_is_changed_if_it_may_be_replaced() -> None:
    shop = CodeShop()
    shop.add()
    refused, changed = shop.add(percent="20"), shop.add(percent="20", replace=True)
    assert (refused.status, problem(refused)["field"]) == (422, "code")
    assert (changed.status, content(changed)["percent"], content(changed)["revision"]) == (200, "20", 2)


def test_an_added_code_reduces_a_cart() -> None:
    shop = CodeShop()
    shop.add()
    cart = {"items": [{"id": "test-10", "quantity": 1}], "code": "spring"}
    quoted = content(shop.handle("POST", "/quote", json.dumps(cart).encode(), content_type="application/json"))
    assert (quoted["total_minor"], quoted["code"]["holds"]) == (900, True)


@pytest.mark.parametrize("percent", [10, "10", "10 %"], ids=repr)
def test_a_percentage_may_be_a_number(percent: object) -> None:
    assert content(CodeShop().add(percent=percent))["percent"] == "10"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2050-12-30", 2555971200 + 86400),  # a day belongs to it
        ("2050-12-30T18:00", 2555971200 + 18 * 3600),
        ("2050-12-30 18:00:30z", 2555971200 + 18 * 3600 + 30),
        ("2050-12-30T18:00+02:00", 2555971200 + 16 * 3600),
        (2555971200, 2555971200),
    ],
)
def test_an_end_is_a_day_a_time_or_unix_seconds(text: object, seconds: int) -> None:
    shop = CodeShop()
    assert (
        content(shop.add(until=text, **{"from": "2026-01-01"})) | {"until": seconds, "from": 1767225600}
        == content(shop.ask("GET", CODES))["codes"][0]
    )
    assert shop.rows("SELECT from_at, until_at FROM codes") == [(1767225600, seconds)]


@pytest.mark.parametrize(
    ("fields", "field", "sentence"),
    [
        ({"code": None}, "code", "must have 1 to 40 letters"),
        ({"code": ["SPRING"]}, "code", 'must be a string such as "SPRING"'),
        ({"code": True}, "code", 'must be a string such as "SPRING"'),
        ({"percent": 12.5}, "percent", 'must be a string such as "12.5"'),
        ({"percent": "0"}, "percent", "must be above 0"),
        ({"percent": "", "amounts": ["5.00"]}, "amounts", "must be an object of currency codes and decimal strings"),
        ({"percent": "", "amounts": {"EUR": 5}}, "amounts.EUR", "must be a decimal string in quotation marks"),
        ({"percent": "", "amounts": {"EUR": "5.005"}}, "amounts.EUR", "at most 2 decimals"),
        ({"amounts": {"EUR": "5.00"}}, "amounts", "cannot be there with a percentage"),
        ({"least": {"\x1b[2J": 5}}, "least", "must be a decimal string in quotation marks"),
        ({"products": "mug"}, "products", 'must be a list of strings such as ["mug"]'),
        ({"products": [1]}, "products", 'must be a list of strings such as ["mug"]'),
        ({"products": ["mgu"]}, "products", "mgu is no product of the catalogue: did you mean mug?"),
        ({"categories": ["x"]}, "categories", "x is no category of the catalogue"),
        ({"once": "true"}, "once", "must be true or false"),
        ({"free": 1}, "free", "must be true or false"),
        ({"free": True}, "free", "is only for a code of 100 percent or of an amount"),
        ({"most_uses": "5"}, "most_uses", "must be a whole number such as 100"),
        ({"most_uses": True}, "most_uses", "must be a whole number such as 100"),
        ({"most_uses": 0}, "most_uses", "must be 1 to 1,000,000,000"),
        ({"from": "tomorrow"}, "from", "must be a day, a time or Unix seconds"),
        ({"from": "2050-06-31"}, "from", "must be a day, a time or Unix seconds"),
        ({"from": "0001-01-01T00:00+23:00"}, "from", "must be a day, a time or Unix seconds"),
        ({"from": "1969-12-31"}, "from", "must be a day, a time or Unix seconds"),
        ({"from": 1e9}, "from", "must be a day, a time or Unix seconds"),
        ({"from": True}, "from", "must be a day, a time or Unix seconds"),
        ({"until": 10**12}, "until", "must be a day, a time or Unix seconds"),
        ({"until": "9999-12-31"}, "until", "must be a day, a time or Unix seconds"),
        ({"until": NOW}, "until", "is in the past"),
        ({"from": "2050-01-02", "until": "2050-01-01"}, "from", "is not before its end"),
        ({"mostuses": 3}, "mostuses", "is not known here: did you mean most_uses?"),
        ({"colour": 3}, "colour", "is not known here: the keys are code, percent, amounts"),
        ({"\x1b[2J": 3}, "body", "is not known here"),
        ({"reason": "x" * 256}, "reason", "must be a text of at most 255 characters"),
    ],
    ids=repr,
)
def test_a_mistake_is_named_and_nothing_is_saved(fields: dict[str, object], field: str, sentence: str) -> None:
    shop = CodeShop()
    response = shop.add(**fields)
    told = problem(response)
    assert (response.status, told["field"], sentence in told["detail"], told["detail"].isprintable()) == (
        422,
        field,
        True,
        True,
    )
    assert shop.saved() == 0


def test_what_is_no_json_is_refused() -> None:
    shop = CodeShop()
    assert (shop.ask("POST", CODES, b"code=SPRING").status, shop.saved()) == (400, 0)


def test_codes_are_listed_that_are_neither_over_nor_used_up() -> None:
    shop = CodeShop()
    shop.add(until=NOW + 60)
    shop.add(code="SUMMER")
    shop.now += 60
    listed, every = (content(shop.ask("GET", f"{CODES}{query}")) for query in ("", "?all=true"))
    assert ([one["code"] for one in listed["codes"]], listed["after"]) == (["SUMMER"], None)
    assert [(one["code"], one["state"]) for one in every["codes"]] == [("SPRING", "over"), ("SUMMER", "active")]


def test_many_codes_are_listed_in_pages() -> None:
    shop = CodeShop()
    for number in range(PAGE + 1):
        shop.add(code=f"C{number:03}")
    first = content(shop.ask("GET", CODES))
    second = content(shop.ask("GET", f"{CODES}?after={first['after']}"))
    assert (len(first["codes"]), first["after"]) == (PAGE, f"C{PAGE - 1:03}")
    assert ([one["code"] for one in second["codes"]], second["after"]) == ([f"C{PAGE:03}"], None)


def test_a_code_is_ended_and_stays_so() -> None:
    shop = CodeShop()
    shop.add()
    ended = shop.ask("POST", f"{CODES}/spring/end", {"reason": "leaked"})
    shop.now += 9
    again = shop.ask("POST", f"{CODES}/SPRING/end")
    assert (ended.status, content(ended)["state"], content(ended)["until"]) == (200, "over", NOW)
    assert (again.status, content(again)) == (200, content(ended))
    assert shop.rows("SELECT who, reason FROM operator_log WHERE action = 'code end'") == [("admin", "leaked")]


@pytest.mark.parametrize("name", ["SUMMER", "%1b[2J"])
def test_a_code_that_is_not_there_cannot_be_ended(name: str) -> None:
    response = CodeShop().ask("POST", f"{CODES}/{name}/end")
    assert (response.status, problem(response)["type"]) == (404, "/problems/not-found")


def test_the_reason_of_an_end_is_checked() -> None:
    shop = CodeShop()
    shop.add()
    assert problem(shop.ask("POST", f"{CODES}/SPRING/end", {"why": "leaked"}))["field"] == "why"
