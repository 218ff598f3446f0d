"""Orders are listed by every filter and by all of them together, and found by whatever names them."""

from typing import Any

import pytest

from lightning_cart.domain.line_item import LineItem
from lightning_cart.domain.money import MAX_SAFE_INTEGER, Money
from lightning_cart.domain.order import CheckoutSession, Dispute, Order, OrderStatus
from lightning_cart.domain.payment_event import EventKind
from lightning_cart.domain.refund import RefundResult, RefundStatus, RefundWish
from lightning_cart.errors import MoneyError
from lightning_cart.ports import Statement
from lightning_cart.storage.inbox import Inbox
from lightning_cart.storage.order_filter import first_id_at
from lightning_cart.storage.order_search import MAX_COUNTED, OrderFilter, OrderSearch
from lightning_cart.storage.orders import OrderStore
from lightning_cart.storage.refunds import RefundStore
from lightning_cart.usecases.refund_progress import refund_event
from support.app import run
from support.builders import NOW, make_event, make_order
from support.databases import MemoryDatabase

DAY = 24 * 3600
NAMES = ("mug", "club", "yen", "dinar", "gift")


def order_id(number: int) -> str:
    """Return the id of an order that was created so many days after the first."""
    return f"{first_id_at(NOW + number * DAY)[:-2]}0{number}"


def line(product: str, minor: int, currency: str, name: str = "", **metadata: str) -> LineItem:
    return LineItem(product, name or product, Money(minor, currency), 1, metadata=metadata)


MUG, CLUB, YEN, DINAR, GIFT = map(order_id, range(5))
ORDERS = (
    make_order(id=MUG, lines=(line("mug", 1250, "USD"),), customer_email="Ada@Example.com", metadata={"table": "Seven"}),
    make_order(id=CLUB, lines=(line("club", 1000, "USD"), line("mug", 1000, "USD")), site_id="club"),
    make_order(
        id=YEN, lines=(line("poster", 13, "JPY", "Plakat “Ñandú” 100%_\\"),), customer_email="grace@xn--mnchen-3ya.example"
    ),
    make_order(id=DINAR, lines=(line("mug", 12500, "KWD"), line("mug", 1, "KWD", size="XL")), provider="square"),
    make_order(id=GIFT, lines=(line("gift", 1250, "USD"),), customer_email="ada@example.com"),
)


async def _fill(database: MemoryDatabase) -> None:
    orders, inbox, refunds = OrderStore(database), Inbox(database), RefundStore(database)
    for number, order in enumerate(ORDERS):
        await orders.create_order(order._replace(created_at=NOW + number * DAY), "", "digest")
        session = f"link_{number}:cs_{number}" if order.id == DINAR else f"cs_{number}"
        await orders.save_session(order.id, CheckoutSession(session, "https://pay.example", None), NOW)
    for number, wanted in ((0, {}), (2, {"amount": Money(1, "JPY")}), (4, {"subscription_ref": "sub_4"})):
        order = ORDERS[number]
        paid = {"order_id": order.id, "payment_ref": f"pi_{number}", "amount": order.total, **wanted}
        await inbox.record_event(make_event(EventKind.PAID, id=f"evt_{number}", **paid), NOW)
    dispute = {"order_id": MUG, "payment_ref": "pi_0", "object_id": "dp_0", "amount": Money(1250, "USD")}
    await inbox.record_event(make_event(EventKind.DISPUTED, id="evt_dispute", created_at=NOW, **dispute), NOW)
    wish = RefundWish(GIFT, 250, "broken", "key")
    (refund,), _ = await refunds.create_refund(wish, "USD", f"rfd_{1:026d}", NOW)
    result = RefundResult("re_4", RefundStatus.SUCCEEDED, Money(250, "USD"))
    known = (await orders.payments_of(GIFT))["pi_4"]
    await inbox.record_refund(refund, result, refund_event(await orders.get_order(GIFT), refund, result), NOW, known)
    elsewhere = {"order_id": GIFT, "payment_ref": "pi_4", "object_id": "re_elsewhere", "amount": Money(350, "USD")}
    await inbox.record_event(make_event(EventKind.REFUNDED, id="evt_elsewhere", **elsewhere), NOW)


@pytest.fixture(scope="module")
def database() -> MemoryDatabase:
    made = MemoryDatabase()
    run(_fill(made))
    return made


@pytest.fixture
def search(database: MemoryDatabase) -> OrderSearch:
    return OrderSearch(database)


def ids(orders: list[Order]) -> list[str]:
    return [order.id for order in orders]


def test_the_orders_differ_in_what_is_searched(search: OrderSearch) -> None:
    found = {order.id: order for order in run(search.list(OrderFilter(), 9))}
    assert [found[one].status for one in (MUG, CLUB, YEN, DINAR, GIFT)] == [
        "paid",
        "open",
        "pending",
        "open",
        "partially_refunded",
    ]
    assert (found[MUG].dispute, found[YEN].needs_review) == (Dispute.OPEN, True)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (OrderFilter(), [GIFT, DINAR, YEN, CLUB, MUG]),
        (OrderFilter(status=OrderStatus.OPEN), [DINAR, CLUB]),
        (OrderFilter(review=True), [YEN]),
        (OrderFilter(disputed=True), [MUG]),
        (OrderFilter(email="ADA@example.COM"), [GIFT, MUG]),
        (OrderFilter(email="Grace <grace@MÜNCHEN.example>"), [YEN]),
        (OrderFilter(email="gr%@xn--mnchen-3ya.example"), []),
        (OrderFilter(email="ada"), []),
        (OrderFilter(site="club"), [CLUB]),
        (OrderFilter(product="mug"), [DINAR, CLUB, MUG]),
        (OrderFilter(since=NOW + DAY), [GIFT, DINAR, YEN, CLUB]),
        (OrderFilter(until=NOW + DAY), [MUG]),
        (OrderFilter(since=NOW + DAY, until=NOW + 2 * DAY), [CLUB]),
        (OrderFilter(over="12.50"), [DINAR, YEN, CLUB]),
        (OrderFilter(over="12.499"), [GIFT, DINAR, YEN, CLUB, MUG]),
        (OrderFilter(under="12.501"), [GIFT, MUG]),
        (OrderFilter(under="12.502"), [GIFT, DINAR, MUG]),
        (OrderFilter(over="12.50", under="13"), [DINAR]),
        (OrderFilter(over="99999"), []),
        (OrderFilter(text="SEVEN"), [MUG]),
        (OrderFilter(text="ñANDÚ"), [YEN]),
        (OrderFilter(text="n\u0303andu\u0301"), [YEN]),
        (OrderFilter(text="100%_\\"), [YEN]),
        (OrderFilter(text="1%"), []),
        (OrderFilter(text="m_g"), []),
        (OrderFilter(text="xl"), [DINAR]),
        (OrderFilter(text="size"), [DINAR]),
        (OrderFilter(text="@xn--"), [YEN]),
        (OrderFilter(text="club"), [CLUB]),
        (OrderFilter(text=GIFT.lower()), [GIFT]),
        (OrderFilter(text="unit_minor"), []),
        (OrderFilter(text="mug", since=NOW + 2 * DAY), [DINAR]),
        (OrderFilter(text="mug", site="club"), [CLUB]),
        (OrderFilter(site="shop", product="mug"), [DINAR, MUG]),
        (OrderFilter(site="shop", product="mug", status="open"), [DINAR]),
        (OrderFilter(email="ada@example.com", over="12", since=NOW + DAY), [GIFT]),
        (OrderFilter(disputed=True, review=True), []),
    ],
    ids=str,
)
def test_a_filter_finds_its_orders_newest_first(search: OrderSearch, wanted: OrderFilter, found: list[str]) -> None:
    assert ids(run(search.list(wanted, 9))) == found


@pytest.mark.parametrize(
    ("wanted", "limit", "found"),
    [
        (OrderFilter(over="0"), 9, [CLUB, YEN, DINAR, GIFT, MUG]),
        (OrderFilter(under="13"), 2, [DINAR, GIFT]),
        (OrderFilter(over="12.50", site="club"), 9, [CLUB]),
        (OrderFilter(over="30"), 9, []),
    ],
    ids=str,
)
def test_the_largest_totals_come_first_and_of_equal_ones_the_newest(
    search: OrderSearch, wanted: OrderFilter, limit: int, found: list[str]
) -> None:
    assert ids(run(search.largest(wanted, limit))) == found


def test_the_largest_totals_of_all_come_first() -> None:
    database, orders = MemoryDatabase(), [(MUG, "USD"), (CLUB, "JPY"), (YEN, "KWD")]
    for one, currency in orders:
        run(OrderStore(database).create_order(make_order(id=one, lines=(line("a", MAX_SAFE_INTEGER - 1, currency),)), "", ""))
    assert ids(run(OrderSearch(database).largest(OrderFilter(over="1"), 9))) == [CLUB, MUG, YEN]


@pytest.mark.parametrize("text", ["12,50", "1.2345", "$5", "-1", "1e3", "05", ".5", "٣"])
def test_an_amount_that_is_none_is_refused(search: OrderSearch, text: str) -> None:
    for wanted in (OrderFilter(over=text), OrderFilter(under=text)):
        with pytest.raises(MoneyError, match=r"is not an amount: write a plain number such as 12\.50"):
            run(search.list(wanted, 9))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (MUG, {MUG: "id"}),
        (MUG[4:].lower(), {MUG: "id"}),
        (MUG[:7], {GIFT: "id", DINAR: "id", YEN: "id", CLUB: "id", MUG: "id"}),
        ("Ada@example.com", {GIFT: "e-mail", MUG: "e-mail"}),
        ("@EXAMPLE.com", {GIFT: "e-mail", MUG: "e-mail"}),
        ("@München.example", {YEN: "e-mail"}),
        ("grace@münchen.example", {YEN: "e-mail"}),
        ("@example", {}),
        ("12.50", {GIFT: "total", MUG: "total"}),
        ("20", {CLUB: "total"}),
        ("13", {YEN: "total"}),
        ("12.501", {DINAR: "total"}),
        ("cs_0", {MUG: "checkout"}),
        ("cs_3", {DINAR: "checkout"}),
        ("link_3:cs_3", {DINAR: "checkout"}),
        ("pi_0", {MUG: "payment"}),
        ("sub_4", {GIFT: "subscription"}),
        ("re_4", {GIFT: "refund"}),
        (f"rfd_{1:026d}", {GIFT: "refund"}),
        ("re_elsewhere", {GIFT: "refund, dispute or invoice"}),
        ("dp_0", {MUG: "dispute"}),
        ("evt_2", {YEN: "event"}),
        ("nothing", {}),
        ("nobody@example.com", {}),
        ("ord_", {}),
        ("ord_%", {}),
    ],
)
def test_an_order_is_found_by_what_names_it(search: OrderSearch, text: str, found: dict[str, str]) -> None:
    assert {one.order.id: one.matched for one in run(search.find(text, 9))} == found


def test_a_domain_is_searched_from_a_time_on(search: OrderSearch) -> None:
    assert [one.order.id for one in run(search.find("@example.com", 9, NOW + DAY))] == [GIFT]


def test_of_each_kind_only_so_many_are_found(search: OrderSearch) -> None:
    for text in (MUG[:7], "@example.com", "ada@example.com", "12.50"):
        assert [one.order.id for one in run(search.find(text, 1))] == [GIFT]


@pytest.mark.parametrize(("prefix", "limit", "found"), [("ord_", 2, [GIFT, DINAR]), (MUG, 3, [MUG]), ("ord_ZZ", 3, [])])
def test_ids_are_found_by_their_beginning(search: OrderSearch, prefix: str, limit: int, found: list[str]) -> None:
    assert run(search.ids_with_prefix(prefix, limit)) == found


def test_the_sites_and_products_of_orders_are_named(search: OrderSearch) -> None:
    assert (run(search.sites()), run(search.products())) == (["club", "shop"], ["club", "gift", "mug", "poster"])


def test_an_empty_database_has_no_names_and_no_orders() -> None:
    search = OrderSearch(MemoryDatabase())
    assert (run(search.sites()), run(search.products()), run(search.find("1.00", 9))) == ([], [], [])


def test_of_several_filters_the_one_that_the_fewest_orders_match_is_read(database: MemoryDatabase) -> None:
    read: list[Any] = []

    class Watched(MemoryDatabase):
        async def query(self, statement: Statement) -> Any:
            read.append(statement.sql)
            return await database.query(statement)

        async def batch(self, statements: Any) -> Any:
            return await database.batch(statements)

    search = OrderSearch(Watched())
    for wanted, driver in (
        (OrderFilter(site="club", status="open"), "o.site = ? AND o.id"),
        (OrderFilter(site="shop", status="partially_refunded"), "o.status = ? AND o.id"),
        (OrderFilter(site="shop", status="paid", product="gift"), "p.product_id = ? AND p.order_id"),
        (OrderFilter(site="shop", over="15"), "used CROSS JOIN orders"),
        (OrderFilter(status="open", over="1"), "o.status = ? AND o.id"),
        (OrderFilter(until=NOW + DAY, over="1"), "TRUE AND o.id"),
    ):
        run(search.list(wanted, 9))
        assert driver in read[-1], wanted


def test_counting_the_orders_of_a_filter_ends_at_a_limit(database: MemoryDatabase) -> None:
    counted: list[Statement] = []

    class Watched(MemoryDatabase):
        async def batch(self, statements: Any) -> Any:
            counted.extend(statements)
            return await database.batch(statements)

    run(OrderSearch(Watched()).list(OrderFilter(site="shop", status="open"), 9))
    assert [statement.values[-1] for statement in counted[:2]] == [MAX_COUNTED] * 2
