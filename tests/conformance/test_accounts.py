"""The accounts of real purchases add up to the provider's ledger, and by tax rate to the receipts and credit notes."""

import asyncio
import csv
import io
import json
from collections import Counter
from decimal import Decimal
from typing import Any

from lightning_cart.domain.document import Series
from lightning_cart.domain.money import Money
from lightning_cart.http import json_bytes
from lightning_cart.usecases.receipts import Papers, read_papers
from lightning_cart_host.cli.orders.account_export import WantedAccounts, add_accounts_up, number_accounts
from lightning_cart_host.cli.orders.account_rows import COLUMNS
from lightning_cart_host.cli.orders.row_writers import csv_lines
from support.builders import ADMIN_TOKEN, NOW
from support.codes import add_code, make_code
from support.harness import CatalogTexts, Harness, open_harness

PRODUCTS = """
[products.course]
name = "Course"
prices = { USD = "12.34" }

[products.book]
name = "Book"
prices = { USD = "27.00" }
tax = "books"

[products.donation]
name = "Donation"
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
SPAIN, CALIFORNIA = {"country": "ES"}, {"country": "US", "region": "CA"}
COURSES, BOOK, DONATION = {"id": "course", "quantity": 3}, {"id": "book"}, {"id": "donation", "amount": "5.00"}
SAN_JOSE = {"address": "san_jose", "ship_country": "US", "ship_state": "CA", "shipping_country": "US", "shipping_state": "CA"}


type Item = dict[str, Any]


async def buy(harness: Harness, *items: Item, choice: str = "pay", place: dict[str, str], **cart: Any) -> dict[str, Any]:
    body = json_bytes({"items": items, "delivery": place} | cart)
    response = await harness.ask("POST", "/checkout", body, content_type="application/json")
    assert response.status == 201, response.body
    checkout: dict[str, Any] = json.loads(response.body)
    if checkout["session_id"]:
        await harness.visit(checkout, choice, **(SAN_JOSE if place is CALIFORNIA else {}))
        await harness.come_back(checkout)
        await harness.deliver()
    return checkout


async def refund(harness: Harness, checkout: dict[str, Any], key: str, **body: Any) -> None:
    response = await harness.refund(checkout, key, **body)
    assert response.status == 201, response.body
    await harness.deliver()


async def refund_in_the_dashboard(harness: Harness, checkout: dict[str, Any], minor: int) -> None:
    harness.provider.refund(checkout["order_id"], minor)
    await harness.deliver()


async def trade(harness: Harness, strategy: Any) -> list[dict[str, Any]]:
    """Sell and refund in all ways that a strategy has."""
    taxed = await buy(harness, COURSES, BOOK, DONATION, place=SPAIN)
    added = await buy(harness, COURSES, place=CALIFORNIA)
    checkouts = [taxed, added]
    if strategy.limits.discount_line is not None:
        add_code(harness.database, make_code(percent="33.3"))
        reduced = await buy(harness, COURSES, BOOK, place=SPAIN, code="spring")
        await refund(harness, reduced, "line", lines=[{"id": "course", "quantity": 1}])
        await refund_in_the_dashboard(harness, reduced, 777)
        await refund(harness, reduced, "rest")
        checkouts.append(reduced)
        add_code(harness.database, make_code("GIFT", percent="100", free=True))
        free = await buy(harness, BOOK, place=SPAIN, code="gift", customer_email="ada@example.com")
        checkouts.append(free)
    if strategy.limits.recurring_lines:
        club = await buy(harness, {"id": "club"}, COURSES, place=CALIFORNIA)
        assert await harness.at_provider(club, "renew")
        await harness.deliver()
        checkouts.append(club)
    tipped = await buy(harness, BOOK, choice="tip" if "tip" in harness.provider.buyer_forms else "pay", place=SPAIN)
    order = await harness.order(tipped)
    await refund(harness, taxed, "lines", lines=[{"id": "book", "quantity": 1}, {"id": "course", "quantity": 2}])
    await refund_in_the_dashboard(harness, added, 100)
    await refund_in_the_dashboard(harness, tipped, order.paid_minor + order.tip_minor // 2)
    return [*checkouts, tipped]


async def open_accounts(harness: Harness) -> list[dict[str, str]]:
    """Write the accounts as CSV, and read that."""
    database, wanted = harness.app.engine.ports.database, WantedAccounts()
    await number_accounts(database, wanted, NOW + 10**6)
    rows = await add_accounts_up(database, wanted)
    text = csv_lines([dict(zip(COLUMNS, COLUMNS, strict=True)), *rows], COLUMNS)
    return list(csv.DictReader(io.StringIO(text, newline="")))


def by_rate(papers: Papers) -> Counter[tuple[str, str]]:
    """Return net and tax of an order by rate, from its receipt and its later documents."""
    signs = {Series.CREDIT_NOTE: -1, Series.RENEWAL: 1}
    shares = [(1, share) for share in papers.shares]
    shares += [(signs[one.document.series], share) for one in papers.documents for share in one.shares]
    found: Counter[tuple[str, str]] = Counter()
    for sign, share in shares:
        found[share.rate, "net"] += sign * share.net_minor
        found[share.rate, "tax"] += sign * share.tax_minor
    return found


def test_the_accounts_add_up_to_the_ledger_and_to_the_receipts(strategy: Any) -> None:
    async def scene() -> None:
        async with open_harness(strategy, texts=CatalogTexts(PRODUCTS, SITES, None, TAXES)) as harness:
            checkouts = await trade(harness, strategy)
            orders = [await harness.order(checkout) for checkout in checkouts]
            assert not any(order.needs_review for order in orders)
            accounts = await open_accounts(harness)
            came_in = sum(Decimal(row["total"]) for row in accounts)
            assert came_in == Decimal(Money(harness.net_paid(), "USD").decimal) > 0
            assert all(Decimal(row["net"]) + Decimal(row["tax"]) == Decimal(row["total"]) for row in accounts)

            receipts: Counter[tuple[str, str]] = Counter()
            numbers = []
            for order in orders:
                papers = await read_papers(harness.app.engine, order.id)
                assert papers is not None
                assert papers.order.number is not None
                receipts.update(by_rate(papers))
                numbers += [papers.order.number.text(Series.RECEIPT)]
                numbers += [one.document.number.text(one.document.series) for one in papers.documents if one.document.number]
            written: Counter[tuple[str, str]] = Counter()
            for row in accounts:
                if row["kind"] in {"sale", "refund", "renewal"}:
                    written[row["tax_rate"], "net"] += int(row["net_minor"])
                    written[row["tax_rate"], "tax"] += int(row["tax_minor"])
            assert {key: value for key, value in written.items() if value} == {k: v for k, v in receipts.items() if v}
            assert {row["country"] for row in accounts if row["tax_rate"]} == {"ES", "US"}

            named = {text for row in accounts for part in row["numbers"].split(", ") for text in spelled(part)}
            assert named == set(numbers)
            assert len(numbers) == len(named)
            tips = sum(order.tip_minor for order in orders)
            kinds = {row["kind"] for row in accounts}
            assert ("tip" in kinds, "other" in kinds) == (bool(tips), False)
            answer = await harness.ask("GET", f"/admin/orders/{orders[0].id}", authorization=f"Bearer {ADMIN_TOKEN}")
            shown = json.loads(answer.body)
            assert [one["number"] for one in shown["documents"]] == ["C2026-1"]

    asyncio.run(scene())


def spelled(numbers: str) -> list[str]:
    """Return the numbers of a range."""
    first, dash, last = numbers.partition("\u2013")
    if not dash:
        return [first]
    head, _, low = first.rpartition("-")
    return [f"{head}-{number}" for number in range(int(low), int(last.rpartition("-")[2]) + 1)]
