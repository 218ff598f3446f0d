"""What every strategy makes of a cart with all that a price can have: it charges the total exactly, or refuses the cart."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from lightning_cart.domain.line_item import sum_lines
from lightning_cart.domain.order import OrderStatus
from lightning_cart.domain.parts import Parts
from lightning_cart.domain.review import ReviewReason
from lightning_cart.http import json_bytes
from lightning_cart_host.shop_client.form_filling import fill_form
from support.codes import add_code, make_code, sums
from support.harness import CatalogTexts, Harness, open_harness

PRODUCTS = """
[products.tshirt]
name = "T-shirt"
prices = { USD = "19.00" }
weight = 180

[[products.tshirt.variants]]
id = "l-blue"
options = { size = "L", colour = "blue" }
prices = { USD = "21.00" }
sku = "TS-L-BL"

[products.tshirt.inputs.engraving]
label = "Text on the back"
max_length = 20
surcharge = { USD = "4.00" }

[products.book]
name = "Book"
prices = { USD = "27.00" }
tax = "books"

[products.download]
name = "Download"
prices = { USD = "12.34" }
ships = false

[products.donation]
name = "Donation"
ships = false
tax = "none"
amount = { USD = { least = "2.00", most = "500.00", suggested = "10.00" } }

[products.club]
name = "Tea club"
prices = { USD = "9.00" }
interval = "month"
"""
SITES = """
[sites.shop]
name = "Shop"
success_page = "https://shop.test/thanks"
cancel_page = "https://shop.test/cart"
default_strategy = "{strategy}"
countries = ["ES", "US"]
home_country = "ES"
"""
SHIPPING = """
[zones.spain]
countries = ["ES"]

[zones.america]
countries = ["US"]

[methods.post]
name = "Standard post"
zones = ["spain", "america"]
prices = { USD = "4.90" }
days = [2, 4]
"""
TAXES = """
[rates.ES]
label = "IVA"
classes = { standard = "21", books = "4" }

[rates.US-CA]
label = "Sales tax"
included = false
shipping = "standard"
classes = { standard = "8.875", books = "8.875" }
"""
type Item = dict[str, Any]

SHIRTS: Item = {
    "id": "tshirt",
    "quantity": 3,
    "options": {"size": "L", "colour": "blue"},
    "inputs": {"engraving": "Ada 1815 🫖"},
}
BOOK: Item = {"id": "book"}
DONATION: Item = {"id": "donation", "amount": "5.00"}
CLUB: Item = {"id": "club"}
CALIFORNIA = {
    "name": "Ada Lovelace",
    "line1": "2211 North First Street",
    "city": "San Jose",
    "region": "CA",
    "postal_code": "95131",
    "country": "US",
    "phone": "+14085550100",
}
# The same place, as the fields of each page call it.
SAN_JOSE = {
    "address": "san_jose",
    "ship_country": "US",
    "ship_state": "CA",
    "ship_city": "San Jose",
    "ship_postal_code": "95131",
    "shipping_country": "US",
    "shipping_state": "CA",
    "shipping_postal_code": "95131",
}


def play(strategy: Any, scenario: Callable[[Harness], Awaitable[None]]) -> None:
    async def scene() -> None:
        async with open_harness(strategy, texts=CatalogTexts(PRODUCTS, SITES, SHIPPING, TAXES)) as harness:
            await scenario(harness)

    asyncio.run(scene())


async def ask(harness: Harness, items: list[Item], **cart: Any) -> tuple[int, Any]:
    body = json_bytes({"items": items} | cart)
    response = await harness.ask("POST", "/checkout", body, content_type="application/json")
    return response.status, json.loads(response.body)


async def visit(harness: Harness, checkout: dict[str, Any], **changes: str) -> httpx.Response:
    """Fill in the payment page as it is, with some fields changed, and pay."""
    harness.wait(60)
    page = await harness.browser.get(checkout["url"])
    while page.is_redirect:
        page = await harness.browser.get(page.headers["location"])
    form = fill_form(page.text)
    if form is None:  # a page that asks for nothing
        return await harness.visit(checkout, "pay")
    known = {name: value for name, value in changes.items() if name in form.data}
    return await harness.browser.post(page.url, data={**form.data, **known})


async def assert_paid(harness: Harness, checkout: dict[str, Any], total: int) -> None:
    order = await harness.order(checkout)
    assert (order.status, order.needs_review, order.review_reason) == (OrderStatus.PAID, False, "")
    assert (order.total.minor, order.paid_minor, harness.net_paid()) == (total, total, total)


def test_a_cart_with_options_inputs_an_open_amount_delivery_and_included_tax_is_charged_exactly(strategy: Any) -> None:
    async def scenario(harness: Harness) -> None:
        items = [SHIRTS, BOOK, DONATION]
        status, checkout = await ask(harness, items, delivery={"country": "ES", "method": "post"})
        if strategy.limits.delivery_line is None:
            assert (status, checkout["type"]) == (422, "/problems/invalid-field")
            status, checkout = await ask(harness, [{"id": "download", "quantity": 2}, DONATION], delivery={"country": "ES"})
        assert status == 201, checkout
        await visit(harness, checkout)
        await harness.come_back(checkout)
        await harness.deliver()
        await assert_paid(harness, checkout, 2968 if strategy.limits.delivery_line is None else 11190)

    play(strategy, scenario)


def test_added_tax_and_what_recurs_beside_it_are_charged_exactly_to_the_address_of_the_cart(strategy: Any) -> None:
    async def scenario(harness: Harness) -> None:
        delivery, recurs = CALIFORNIA | {"method": "post"}, strategy.limits.recurring_lines
        status, checkout = await ask(harness, [SHIRTS, BOOK, CLUB], delivery=delivery)
        if not recurs:
            assert (status, checkout["type"]) == (422, "/problems/invalid-field")
            items = [SHIRTS, BOOK]
            if strategy.limits.delivery_line is None:
                items, delivery = [{"id": "download", "quantity": 3}], {"country": "US", "region": "CA"}
            status, checkout = await ask(harness, items, delivery=delivery)
        assert status == 201, checkout
        await visit(harness, checkout, **SAN_JOSE)
        await harness.come_back(checkout)
        await harness.deliver()
        total = 4031 if strategy.limits.delivery_line is None else 12619 if recurs else 11639
        await assert_paid(harness, checkout, total)
        if recurs:
            assert await harness.at_provider(checkout, "renew")
            await harness.deliver()
            assert "order.renewed" in str(await harness.effects(checkout))
            order = await harness.order(checkout)
            # 9.00 and 4.90, and 8.875 % of both.
            assert (order.renewal_minor, order.needs_review, harness.net_paid()) == (1513, False, 12619 + 1513)

    play(strategy, scenario)


def test_goods_never_go_unnoticed_to_another_country_than_the_priced_one(strategy: Any) -> None:
    async def scenario(harness: Harness) -> None:
        if strategy.limits.delivery_line is None:
            return  # it takes no goods that are delivered, as another test shows
        _, checkout = await ask(harness, [SHIRTS], delivery={"country": "ES", "method": "post"})
        await visit(harness, checkout, **SAN_JOSE)
        back = await harness.come_back(checkout)
        await harness.deliver()
        order = await harness.order(checkout)
        if order.status is OrderStatus.PAID:
            assert (order.needs_review, order.review_reason) == (True, ReviewReason.DELIVERY)
            return
        assert (order.status, order.needs_review, harness.net_paid()) == (OrderStatus.OPEN, False, 0)
        page = f"https://shop.test/cart#order={order.id}&reason=delivery"
        assert back.header("location") == page or back.header("location").startswith("https://shop.test/thanks#")
        await visit(harness, checkout, address="home")
        await harness.come_back(checkout)
        await harness.deliver()
        await assert_paid(harness, checkout, 7990)

    play(strategy, scenario)


def test_a_discount_is_taken_off_exactly(strategy: Any) -> None:
    async def scenario(harness: Harness) -> None:
        delivers = strategy.limits.delivery_line is not None
        items = [SHIRTS, BOOK] if delivers else [{"id": "download", "quantity": 3}]
        _, checkout = await ask(harness, items, delivery={"country": "ES"} | ({"method": "post"} if delivers else {}))
        order = await harness.order(checkout)
        # Three pieces less ten dollars: no price of one gives that. With more lines than an answer of Stripe's shows at once.
        lines = (order.lines[0]._replace(discount_minor=1000), *[order.lines[-1]] * 11)
        parts = Parts.of(sum_lines(lines), 1000, order.parts.shipping.minor)
        reduced = order._replace(id=f"ord_{'9' * 26}", lines=lines, parts=parts, session=None)
        engine, pages = harness.app.engine, ("https://shop.test/thanks", "https://shop.test/cart")
        session = await engine.run(engine.strategy(strategy.name).create_checkout(reduced, *pages))
        assert session.url.startswith("https://sandbox.test/")  # a checkout of another total is refused

    play(strategy, scenario)


def uses(harness: Harness) -> list[tuple[Any, ...]]:
    """Return how often the code counts as used, and the state of its only use."""
    sql = "SELECT c.uses, u.state FROM codes AS c LEFT JOIN code_uses AS u ON u.code = c.code"
    return [tuple(row) for row in harness.database.connection.execute(sql)]


def test_a_code_for_a_percentage_of_some_goods_is_charged_exactly_and_used(strategy: Any) -> None:
    async def scenario(harness: Harness) -> None:
        delivers = strategy.limits.delivery_line is not None
        add_code(harness.database, make_code(percent="33.3", products=("tshirt", "book", "download")))
        goods, delivery = [SHIRTS, BOOK], {"country": "ES", "method": "post"}
        if not delivers:
            goods, delivery = [{"id": "download", "quantity": 2}], {"country": "ES"}
        status, checkout = await ask(harness, [*goods, DONATION], delivery=delivery, code="spring")
        if strategy.limits.discount_line is None:
            assert (status, checkout["type"]) == (422, "/problems/invalid-field")
            return
        assert (status, uses(harness)) == (201, [(1, "held")]), checkout
        await visit(harness, checkout)
        await harness.come_back(checkout)
        await harness.deliver()
        # 33.3 % of 102.00 are 33.966, of which 24.98 are of three pieces of 25.00; of 24.68 they are 8.218.
        await assert_paid(harness, checkout, 10700 - 3397 + 490 if delivers else 2968 - 822)
        assert ((await harness.order(checkout)).code, uses(harness)) == ("SPRING", [(1, "used")])

    play(strategy, scenario)


def test_a_code_for_an_amount_is_taken_off_before_the_added_tax_and_off_nothing_that_recurs(strategy: Any) -> None:
    async def scenario(harness: Harness) -> None:
        delivers, recurs = strategy.limits.delivery_line is not None, strategy.limits.recurring_lines
        add_code(harness.database, make_code(amounts=sums(USD=1000)))
        items, delivery = [SHIRTS, BOOK, *([CLUB] if recurs else [])], CALIFORNIA | {"method": "post"}
        if not delivers:
            items, delivery = [{"id": "download", "quantity": 3}], {"country": "US", "region": "CA"}
        status, checkout = await ask(harness, items, delivery=delivery, code="SPRING")
        if strategy.limits.discount_line is None:
            assert (status, checkout["type"]) == (422, "/problems/invalid-field")
            return
        assert status == 201, checkout
        await visit(harness, checkout, **SAN_JOSE)
        await harness.come_back(checkout)
        await harness.deliver()
        total = 2942 if not delivers else 11530 if recurs else 10550
        await assert_paid(harness, checkout, total)
        if recurs:
            assert await harness.at_provider(checkout, "renew")
            await harness.deliver()
            assert ((await harness.order(checkout)).needs_review, harness.net_paid()) == (False, total + 1513)

    play(strategy, scenario)


def test_a_code_for_the_delivery_makes_it_free(strategy: Any) -> None:
    async def scenario(harness: Harness) -> None:
        if strategy.limits.delivery_line is None:
            return  # it takes no goods that are delivered, as another test shows
        add_code(harness.database, make_code(free_delivery=True))
        _, checkout = await ask(harness, [SHIRTS], delivery={"country": "ES", "method": "post"}, code="spring")
        await visit(harness, checkout)
        await harness.come_back(checkout)
        await harness.deliver()
        await assert_paid(harness, checkout, 7500)

    play(strategy, scenario)


def test_a_code_is_given_back_with_the_checkout_that_nobody_paid(strategy: Any) -> None:
    async def scenario(harness: Harness) -> None:
        add_code(harness.database, make_code(percent="10", most_uses=1))
        cart: dict[str, Any] = {"items": [{"id": "download"}], "delivery": {"country": "ES"}, "code": "spring"}
        status, checkout = await ask(harness, **cart)
        if strategy.limits.discount_line is None:
            assert (status, checkout["type"]) == (422, "/problems/invalid-field")
            return
        assert (status, (await ask(harness, **cart))[0]) == (201, 422)
        assert (await harness.cancel(checkout)).status == 200
        await harness.deliver()
        assert uses(harness) == [(0, "released")]
        assert (await ask(harness, **cart))[0] == 201

    play(strategy, scenario)


def test_what_comes_to_nothing_is_given_without_the_provider(strategy: Any) -> None:
    async def scenario(harness: Harness) -> None:
        add_code(harness.database, make_code(percent="100", free=True))
        cart = {"delivery": {"country": "ES"}, "customer_email": "ada@example.com", "code": "spring"}
        status, answered = await ask(harness, [{"id": "download"}], **cart, strategy=strategy.name)
        assert (status, answered["strategy"], answered["session_id"]) == (201, "free", None)
        await assert_paid(harness, answered, 0)
        assert (harness.calls, uses(harness), await harness.effects(answered)) == ([], [(1, "used")], ["order.paid"])

    play(strategy, scenario)
