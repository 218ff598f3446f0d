"""The demo as a process: it buys with each way to pay and fails if the webhooks or the ledger are wrong."""

import re
import signal
from pathlib import Path
from typing import Any

import httpx
import pytest

from lightning_cart_host.server.loopback import free_port
from lightning_cart_host.shop_client.form_filling import CARD

pytestmark = pytest.mark.process
EVERY = ["stripe_checkout", "stripe_links", "paypal", "square"]


def test_the_demo_buys_with_each_way_to_pay_and_ends(start: Any) -> None:
    process = start("demo", "--once")
    assert process.end() == 0, process.text
    headings = [f"Purchase {number} of 4: {name} " for number, name in enumerate(EVERY, 1)]
    verdicts = [f"Done. {name}: $10.00 left Banco Sabadell: " for name in EVERY]
    books = ["-$30.00", "-$10.00", "+$1.18", "+$0.84", "+$0.59", "+$37.39", "Done. All 4 purchases are paid: $40.00 left"]
    places = [process.text.find(text) for text in [*headings, *books[:2], *verdicts]]
    assert [text for text in [*headings, *verdicts, *books] if text not in process.text] == []
    assert places == sorted(places)
    assert process.text.count("The ledger shows") == 4
    assert process.text.count("\nThe ledger") == 1


def test_the_demo_tells_scripts_each_step_and_the_result(start: Any) -> None:
    process = start("demo", "--once", "--json")
    assert process.end() == 0, process.text
    addresses, *steps, last = process.lines
    assert list(addresses) == ["addresses"]
    assert list(dict.fromkeys(step["strategy"] for step in steps)) == EVERY
    told = {name: [step["step"] for step in steps if step["strategy"] == name] for name in EVERY}
    assert [told[name] == list(range(1, len(told[name]) + 1)) for name in EVERY] == [True] * 4
    assert [len(told[name]) for name in EVERY] == [10, 11, 10, 10]  # a link leads to its page by one more step
    result, ledger = last["result"], last["result"]["ledger"]
    assert (result["ok"], result["order_id"], ledger["balanced"]) == (True, "", True)
    assert (ledger["paid_minor"], ledger["fee_minor"], ledger["credited_minor"]) == (4000, 261, 3739)
    assert [set(one) for one in result["purchases"]] == [{"strategy", "ok", "order_id", "order_status", "sentence"}] * 4
    assert [(one["strategy"], one["ok"], one["order_status"]) for one in result["purchases"]] == [
        (name, True, "paid") for name in EVERY
    ]
    assert "eyJ" not in process.text  # no receipt is ever shown
    assert re.findall(r"/return/ord_[^/]+/(?!…)", process.text) == []  # and no token of a return


def test_one_way_to_pay_is_one_purchase(start: Any) -> None:
    process = start("demo", "--once", "--json", "--strategy", "stripe_checkout")
    assert process.end() == 0, process.text
    _, *steps, last = process.lines
    (purchase,) = last["result"]["purchases"]
    assert [step["order_status"] for step in steps][2:6] == ["open", "open", "paid", "paid"]
    assert {name: last["result"][name] for name in purchase if name != "strategy"} == {
        name: value for name, value in purchase.items() if name != "strategy"
    }
    ledger = last["result"]["ledger"]
    assert (ledger["paid_minor"], ledger["fee_minor"], ledger["credited_minor"]) == (1000, 59, 941)


def test_a_cart_with_a_delivery_costs_the_same_with_each_way_to_pay(start: Any) -> None:
    process = start("demo", "--once", "--cart", "full")
    assert process.end() == 0, process.text
    assert [process.text.count(f"Done. {name}: $74.50 left Banco Sabadell") for name in EVERY] == [1] * len(EVERY)


def test_a_code_makes_each_purchase_cheaper_and_one_order_is_free(start: Any) -> None:
    process = start("demo", "--once", "--json", "--cart", "full", "--code", "spring")
    assert process.end() == 0, process.text
    result = process.lines[-1]["result"]
    assert [(one["strategy"], one["order_status"]) for one in result["purchases"]] == [
        (name, "paid") for name in [*EVERY, "free"]
    ]
    assert result["ledger"]["paid_minor"] == 4 * 6760
    notes = [line["note"] for line in process.lines if line.get("title") == "The buyer opens the receipt"]
    found = [re.match(r"receipt \d{4}-(\d+) (over \S+),", note) for note in notes]
    assert [f"{one[2]} {one[1]}" for one in found if one] == [
        *(f"over $67.60 {number}" for number in range(1, 5)),
        "over $0.00 5",
    ]
    buyers = [line["buyer"]["buyer"] for line in process.lines if "buyer" in line]
    assert buyers[:4] == ["ada@example.com"] * 4
    assert re.fullmatch(r"ada\+[0-9a-f]{6}@example\.com", buyers[4])
    assert re.findall(r"/(?:receipt|page)/(?!…)", process.text) == []  # no token of a page is shown


def test_a_code_that_does_not_hold_is_said_and_nothing_is_bought_with_it(start: Any) -> None:
    process = start("demo", "--once", "--code", "WINTER", "--strategy", "square")
    assert process.end() == 1
    assert "It failed. square: the code does not hold: This shop has no code WINTER." in process.text
    assert "Done. free: Order ord_" in process.text
    assert "1 of 2 purchases failed: square." in process.text


def test_a_way_to_pay_that_is_not_offered_is_one_sentence(lightning_cart: Any) -> None:
    status, _, err = lightning_cart("demo", "--once", "--strategy", "barter")
    assert (status, err.count("\n")) == (2, 1)
    assert "does not offer barter: use one of stripe_checkout, stripe_links, paypal, square" in err


def test_the_demo_runs_again_on_the_ledger_of_an_earlier_one(start: Any, tmp_path: Path) -> None:
    results = []
    chosen = ("--strategy", "square", "--strategy", "paypal")
    for _ in range(2):
        process = start("demo", "--once", "--json", "--state", str(tmp_path / "state.db"), "--database", "demo.db", *chosen)
        assert process.end() == 0, process.text
        results.append(process.lines[-1]["result"])
    assert [one["strategy"] for one in results[1]["purchases"]] == ["paypal", "square"]  # in the site's order
    assert [result["ledger"]["credited_minor"] for result in results] == [1857, 1857]
    rows = {row["account"]: row["balance"] for row in results[1]["ledger"]["rows"]}
    assert rows["FECU payout account"] == "$37.14"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=["Ctrl-C", "kill", "a closed terminal"])
def test_the_demo_stays_up_until_it_is_told_to_stop(start: Any, client: httpx.Client, number: signal.Signals) -> None:
    process = start("demo", "--json", "--strategy", "square")
    process.wait_for_text('"result"')
    addresses = process.lines[-1]["result"]["addresses"]
    assert [client.get(address).status_code for address in addresses.values()] == [200, 200, 200]
    process.popen.send_signal(number)
    assert process.end() == 0
    assert "Traceback" not in process.text


def test_a_demo_whose_webhooks_do_not_arrive_fails_and_says_so(start: Any, sandbox: Any) -> None:
    env = sandbox.env | {
        "STRIPE_WEBHOOK_SECRET": "whsec_secret_of_another",
        "SQUARE_WEBHOOK_SIGNATURE_KEY": "signature-key-of-another",
    }
    shop = f"http://127.0.0.1:{sandbox.port}"
    start("serve", "--port", str(sandbox.port), **env).wait_for(f"{shop}/health")
    chosen = [part for name in ("stripe_checkout", "paypal", "square") for part in ("--strategy", name)]
    process = start("demo", "--once", "--json", "--against", shop, "--sandbox-url", sandbox.address, "--patience", "5", *chosen)
    assert process.end() == 1
    result = process.lines[-1]["result"]
    assert not result["ok"]
    assert result["sentence"] == "2 of 3 purchases failed: stripe_checkout, square."
    first, second, third = result["purchases"]
    assert (first["ok"], second["ok"], third["ok"]) == (False, True, False)
    assert {first["sentence"], third["sentence"]} == {"not every webhook about the order was delivered"}


def test_the_demo_buys_at_an_engine_that_runs_already(start: Any, start_shop: Any, sandbox: Any) -> None:
    start_shop()
    shop = f"http://127.0.0.1:{sandbox.port}/"
    process = start("demo", "--once", "--json", "--against", shop, "--sandbox-url", sandbox.address)
    assert process.end() == 0, process.text
    assert [one["strategy"] for one in process.lines[-1]["result"]["purchases"]] == EVERY


def test_the_demo_says_that_nobody_is_there(start: Any) -> None:
    process = start("demo", "--once", "--json", "--against", f"http://127.0.0.1:{free_port()}")
    assert process.end() == 1
    result = process.lines[-1]["result"]
    assert ("could not be reached (ConnectError)" in result["sentence"], result["purchases"]) == (True, [])


def test_the_demo_needs_no_pages_of_an_engine_elsewhere(start: Any, sandbox: Any) -> None:
    shop = f"http://127.0.0.1:{sandbox.port}"
    start("serve", "--port", str(sandbox.port), "--storefront", "none", **sandbox.env).wait_for(f"{shop}/health")
    chosen = ("--strategy", "paypal")
    process = start("demo", "--once", "--json", "--against", shop, "--sandbox-url", sandbox.address, *chosen)
    assert process.end() == 0, process.text
    assert len(process.lines) == 10


def test_the_demo_says_that_an_address_is_not_an_engines(start: Any, sandbox: Any) -> None:
    process = start("demo", "--once", "--json", "--against", sandbox.address, "--sandbox-url", sandbox.address)
    assert process.end() == 1
    assert "answered 404 instead of 200" in process.lines[-1]["result"]["sentence"]


def test_with_a_key_of_stripe_a_person_pays_at_the_providers_page(start: Any, sandbox: Any, client: httpx.Client) -> None:
    env = {"STRIPE_SECRET_KEY": "sk_test_sandbox", "STRIPE_API_BASE": f"{sandbox.address}/stripe"}
    process = start("demo", "--once", "--json", **env)
    process.wait_for_text('"pay_at"')
    invitation = next(line for line in process.lines if "pay_at" in line)
    assert CARD["card_number"] in invitation["hint"]
    paid = client.post(invitation["pay_at"].partition("#")[0], data={**CARD, "action": "pay"})
    assert (paid.status_code, process.end()) == (303, 0), process.text
    result = process.lines[-1]["result"]
    assert (result["order_status"], [one["strategy"] for one in result["purchases"]]) == ("paid", ["stripe_checkout"])


def test_a_person_who_does_not_pay_is_not_waited_for_for_ever(start: Any, sandbox: Any) -> None:
    env = {"STRIPE_SECRET_KEY": "sk_test_sandbox", "STRIPE_API_BASE": f"{sandbox.address}/stripe"}
    process = start("demo", "--once", "--json", "--patience", "1", "--strategy", "stripe_links", **env)
    assert process.end() == 1
    (purchase,) = process.lines[-1]["result"]["purchases"]
    assert (purchase["strategy"], purchase["sentence"]) == ("stripe_links", "nobody paid within 1 seconds")


def test_at_stripe_itself_a_way_to_pay_without_keys_says_what_it_lacks(start: Any, sandbox: Any) -> None:
    env = {"STRIPE_SECRET_KEY": "sk_test_sandbox", "STRIPE_API_BASE": f"{sandbox.address}/stripe"}
    process = start("demo", "--once", "--json", "--strategy", "paypal", **env)
    assert process.end() == 1
    assert "answered 503 instead of 201" in process.lines[-1]["result"]["sentence"]


def test_a_demo_whose_every_webhook_is_lost_is_paid_all_the_same(start: Any) -> None:
    process = start("demo", "--once", "--json", "--strategy", "paypal", "--chaos", "drop=1 server_error=0.2")
    assert process.end() == 0, process.text
    arrived = next(line for line in process.lines if line.get("title") == "The provider's webhooks have arrived")
    assert [told.rpartition(" ")[2] for told in arrived["note"].split(", ")] == ["dropped"] * 3
