"""Keys, versions, idempotency, lists and expansion."""

import asyncio
import base64
from typing import Any

import httpx
import pytest

from support.sandbox_clients import session_params


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        pytest.param("Bearer sk_test_1", 200, id="a secret test key"),
        pytest.param("Bearer rk_test_1", 200, id="a restricted test key"),
        pytest.param("Basic " + base64.b64encode(b"sk_test_1:").decode(), 200, id="a key as a user name"),
        pytest.param("Basic !!!", 401, id="basic credentials that are not base64"),
        pytest.param("Basic \xe9", 401, id="basic credentials that are not ASCII"),
        pytest.param("", 401, id="no key"),
        pytest.param("Bearer ", 401, id="an empty key"),
        pytest.param("Bearer pk_test_1", 403, id="a publishable key"),
        pytest.param("Digest sk_test_1", 401, id="another scheme"),
        pytest.param("Bearer sk_live_1", 401, id="a live key"),
    ],
)
def test_only_test_keys_open_the_account(stripe: Any, authorization: str, status: int) -> None:
    headers = {"authorization": authorization.encode("latin-1")}
    assert stripe.ask("GET", "/stripe/v1/charges", headers=headers).status_code == status


def test_a_live_key_is_refused_loudly(stripe: Any) -> None:
    answer = stripe.ask("GET", "/stripe/v1/charges", headers={"authorization": "Bearer rk_live_1"})
    assert "Never send a live key" in answer.json()["error"]["message"]


def test_every_answer_names_its_request(stripe: Any) -> None:
    assert stripe.ask("GET", "/stripe/v1/nothing").headers["request-id"].startswith("req_")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        pytest.param("GET", "nothing", id="an address that is none"),
        pytest.param("PUT", "charges", id="a method that is none"),
        pytest.param("GET", "charges/a/b", id="a path too long"),
    ],
)
def test_an_unknown_address_is_404_in_the_same_shape(stripe: Any, method: str, path: str) -> None:
    answer = stripe.api(method, path)
    assert (answer.status_code, answer.json()["error"]["message"][:24]) == (404, "Unrecognized request URL")


@pytest.mark.parametrize(
    ("path", "param"),
    [
        ("checkout/sessions/cs_x", "session"),
        ("payment_intents/pi_x", "intent"),
        ("charges/ch_x", "id"),
        ("refunds/re_x", "id"),
        ("events/evt_x", "id"),
    ],
)
def test_an_object_that_is_not_there_is_resource_missing(stripe: Any, path: str, param: str) -> None:
    answer = stripe.api("GET", path)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["param"]) == (404, "resource_missing", param)


@pytest.mark.parametrize(
    ("version", "status"),
    [
        ("2026-09-30.endive", 200),
        ("2026-10-28.endive", 200),
        ("2024-06-20", 200),
        ("2025-03-31.basil;custom_checkout_beta=v1", 200),
        ("newest", 400),
        ("2024-6-20", 400),
        ("2024-02-30", 400),
    ],
)
def test_every_version_that_is_a_date_is_accepted(stripe: Any, version: str, status: int) -> None:
    assert stripe.api("GET", "charges", stripe_version=version).status_code == status


def test_the_same_key_gives_the_first_answer_again(stripe: Any) -> None:
    first = stripe.api("POST", "checkout/sessions", session_params(), idempotency_key="chk-1")
    second = stripe.api("POST", "checkout/sessions", session_params(), idempotency_key="chk-1")
    assert (second.json(), second.headers["idempotent-replayed"]) == (first.json(), "true")
    assert "idempotent-replayed" not in first.headers


def test_the_same_key_with_other_parameters_is_an_idempotency_error(stripe: Any) -> None:
    stripe.api("POST", "checkout/sessions", session_params(), idempotency_key="chk-1")
    answer = stripe.api("POST", "checkout/sessions", session_params(client_reference_id="b"), idempotency_key="chk-1")
    assert (answer.status_code, answer.json()["error"]["type"]) == (400, "idempotency_error")


def test_the_same_key_on_another_path_is_an_idempotency_error(stripe: Any) -> None:
    session = stripe.api("POST", "checkout/sessions", session_params(), idempotency_key="chk-1").json()
    answer = stripe.api("POST", f"checkout/sessions/{session['id']}/expire", idempotency_key="chk-1")
    assert answer.json()["error"]["type"] == "idempotency_error"


def test_a_key_is_free_again_after_a_validation_error(stripe: Any) -> None:
    stripe.api("POST", "checkout/sessions", session_params(mode="rent"), idempotency_key="chk-1")
    assert stripe.api("POST", "checkout/sessions", session_params(), idempotency_key="chk-1").status_code == 200


def test_a_key_is_free_again_after_a_day(stripe: Any) -> None:
    first = stripe.api("POST", "checkout/sessions", session_params(), idempotency_key="chk-1").json()
    stripe.now += 24 * 3600
    second = stripe.api("POST", "checkout/sessions", session_params(), idempotency_key="chk-1").json()
    assert first["id"] != second["id"]


def test_a_business_refusal_is_replayed(stripe: Any) -> None:
    session = stripe.session()
    stripe.pay(session)
    charge = stripe.get("charges")["data"][0]["id"]
    stripe.api("POST", "refunds", {"charge": charge})
    answers = [stripe.api("POST", "refunds", {"charge": charge}, idempotency_key="rfd-1") for _ in range(2)]
    assert [answer.json()["error"]["code"] for answer in answers] == ["charge_already_refunded"] * 2
    assert answers[1].headers["idempotent-replayed"] == "true"


def test_keys_of_256_characters_are_refused(stripe: Any) -> None:
    assert stripe.api("POST", "checkout/sessions", session_params(), idempotency_key="k" * 256).status_code == 400


def test_a_key_whose_request_still_runs_is_409(stripe: Any) -> None:
    stripe.sandbox.stripe.api.thinking_seconds = 0.05

    async def both() -> list[httpx.Response]:
        headers = {"authorization": "Bearer sk_test_1", "idempotency-key": "chk-1"}
        async with httpx.AsyncClient(transport=httpx.ASGITransport(stripe.app), base_url="http://sandbox.test") as client:
            calls = (client.post("/stripe/v1/checkout/sessions", data=session_params(), headers=headers) for _ in range(2))
            return list(await asyncio.gather(*calls))

    first, second = asyncio.run(both())
    assert first.status_code == 200
    assert (second.status_code, second.json()["error"]["code"]) == (409, "idempotency_key_in_use")


def test_lists_are_newest_first_and_come_in_pages(stripe: Any) -> None:
    made = [stripe.session()["id"] for _ in range(5)][::-1]
    first = stripe.get("checkout/sessions", limit=2)
    second = stripe.get("checkout/sessions", limit=3, starting_after=made[1])
    assert [one["id"] for one in first["data"] + second["data"]] == made
    assert (first["has_more"], second["has_more"]) == (True, False)


def test_a_page_may_be_asked_for_from_below(stripe: Any) -> None:
    made = [stripe.session()["id"] for _ in range(4)][::-1]
    page = stripe.get("checkout/sessions", limit=2, ending_before=made[3])
    assert [one["id"] for one in page["data"]] == made[1:3]


def test_a_cursor_that_names_nothing_is_refused(stripe: Any) -> None:
    answer = stripe.api("GET", "checkout/sessions", {"starting_after": "cs_x"})
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "starting_after")


def test_lists_can_be_narrowed_by_time(stripe: Any) -> None:
    stripe.session()
    stripe.now += 100
    late = stripe.session()["id"]
    assert [one["id"] for one in stripe.get("checkout/sessions", **{"created[gt]": 1_780_000_000})["data"]] == [late]


@pytest.mark.parametrize("name", ["payment_intent", "status", "customer_details[email]"])
def test_sessions_are_found_by(stripe: Any, name: str) -> None:
    stripe.session()
    paid = stripe.session()
    stripe.pay(paid)
    intent = stripe.get(f"checkout/sessions/{paid['id']}")["payment_intent"]
    wanted = {"payment_intent": intent, "status": "complete", "customer_details[email]": "a@b.co"}[name]
    assert [one["id"] for one in stripe.get("checkout/sessions", **{name: wanted})["data"]] == [paid["id"]]


def test_expansion_follows_a_path_through_objects(stripe: Any) -> None:
    session = stripe.session()
    stripe.pay(session)
    path = "payment_intent.latest_charge.balance_transaction"
    full = stripe.get(f"checkout/sessions/{session['id']}", **{"expand[0]": path, "expand[1]": "line_items.data.price.product"})
    assert full["payment_intent"]["latest_charge"]["balance_transaction"]["net"] == 941
    assert full["line_items"]["data"][0]["price"]["product"]["name"] == "Test checkout"


def test_lists_expand_below_data(stripe: Any) -> None:
    stripe.pay(stripe.session())
    listed = stripe.get("checkout/sessions", **{"expand[0]": "data.payment_intent.latest_charge"})
    assert listed["data"][0]["payment_intent"]["latest_charge"]["paid"] is True


def test_values_in_a_list_cannot_be_expanded(stripe: Any) -> None:
    path = f"checkout/sessions/{stripe.session()['id']}"
    assert stripe.api("GET", path, {"expand[0]": "payment_method_types.x"}).json()["error"]["param"] == "expand"


def test_nothing_in_an_event_can_be_expanded(stripe: Any) -> None:
    stripe.pay(stripe.session())
    event = stripe.get("events")["data"][0]["id"]
    assert stripe.api("GET", f"events/{event}", {"expand[0]": "data.customer"}).json()["error"]["param"] == "expand"


def test_what_is_in_a_hidden_list_can_be_expanded(stripe: Any) -> None:
    stripe.pay(stripe.session())
    (charge,) = stripe.get("charges")["data"]
    stripe.api("POST", "refunds", {"charge": charge["id"]})
    shown = stripe.get(f"charges/{charge['id']}", **{"expand[0]": "refunds.data.balance_transaction"})
    assert shown["refunds"]["data"][0]["balance_transaction"]["net"] == -1000


def test_line_items_stay_hidden_unless_asked_for(stripe: Any) -> None:
    assert "line_items" not in stripe.session()


def test_line_items_can_be_listed(stripe: Any) -> None:
    session = stripe.session()
    (item,) = stripe.get(f"checkout/sessions/{session['id']}/line_items")["data"]
    assert (item["description"], item["quantity"], item["amount_total"]) == ("Test checkout", 1, 1000)


def test_nothing_private_is_ever_shown(stripe: Any) -> None:
    session = stripe.session()
    stripe.pay(session)
    stripe.listen()
    for path in ("checkout/sessions", "payment_intents", "charges", "events", "webhook_endpoints"):
        assert '"_' not in stripe.api("GET", path).text


def test_an_update_merges_metadata_and_empty_values_delete(stripe: Any) -> None:
    session = stripe.session(**{"metadata[a]": "1", "metadata[b]": "2"})
    changed = stripe.api("POST", f"checkout/sessions/{session['id']}", {"metadata[a]": "", "metadata[c]": "3"}).json()
    assert changed["metadata"] == {"b": "2", "c": "3"}


def test_webhook_endpoints_show_their_secret_once(stripe: Any) -> None:
    made = stripe.api("POST", "webhook_endpoints", {"url": "https://x.test/hook", "enabled_events[0]": "*"}).json()
    assert made["secret"].startswith("whsec_")
    assert "secret" not in stripe.get(f"webhook_endpoints/{made['id']}")


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("https://x.test/hook", 200),
        ("http://127.0.0.1:1/hook", 200),
        ("http://localhost/hook", 200),
        ("http://x.test/hook", 400),
    ],
)
def test_webhook_endpoints_are_https_except_here(stripe: Any, url: str, status: int) -> None:
    assert stripe.api("POST", "webhook_endpoints", {"url": url, "enabled_events[0]": "*"}).status_code == status


def test_there_are_at_most_sixteen_webhook_endpoints(stripe: Any) -> None:
    statuses = [
        stripe.api("POST", "webhook_endpoints", {"url": "https://x.test", "enabled_events[]": "*"}).status_code
        for _ in range(17)
    ]
    assert statuses == [200] * 16 + [400]


def test_a_webhook_endpoint_can_be_changed_and_deleted(stripe: Any) -> None:
    made = stripe.listen()
    changed = stripe.api("POST", f"webhook_endpoints/{made['id']}", {"disabled": "true"}).json()
    deleted = stripe.api("DELETE", f"webhook_endpoints/{made['id']}").json()
    assert (changed["status"], deleted["deleted"]) == ("disabled", True)
    assert stripe.get("webhook_endpoints")["data"] == []
