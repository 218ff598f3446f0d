"""Records what the last release does to its database: `python tests/proofs/record_last_release.py COMMIT`.

It runs that commit's own storage code, from `git archive`, in many purchases on its own tables, and writes every statement with
its values to `last_release.json`. Tests run them again on later tables. Adapt it when the last release's storage code differs.
"""

import asyncio
import importlib
import json
import os
import pkgutil
import sqlite3
import subprocess
import sys
import tempfile
from itertools import product
from pathlib import Path
from types import SimpleNamespace
from typing import Any

HERE = Path(__file__).parent
NOW = 1_780_000_000
DAY = 24 * 3600


class Recorder:
    """The last release's database, which records each call.

    Args:
        migrations: The folder of its migrations.
    """

    def __init__(self, migrations: Path) -> None:
        self.connection = sqlite3.connect(":memory:", isolation_level=None)
        self.connection.row_factory = sqlite3.Row
        self.connection.execute("PRAGMA foreign_keys = ON")
        for file in sorted(migrations.glob("*.sql")):
            self.connection.executescript(file.read_text())
        self.statements: list[str] = []
        self.calls: list[tuple[str, list[tuple[int, list[object]]]]] = []
        self.life = ""

    def number(self, sql: str) -> int:
        """Return the number of a statement."""
        if sql not in self.statements:
            self.statements.append(sql)
        return self.statements.index(sql)

    async def query(self, statement: Any) -> list[dict[str, object]]:
        return (await self.batch([statement]))[0]

    async def batch(self, statements: list[Any]) -> list[list[dict[str, object]]]:
        self.calls.append((self.life, [(self.number(one.sql), list(one.values)) for one in statements]))
        self.connection.execute("BEGIN")
        rows = [[dict(row) for row in self.connection.execute(one.sql, one.values)] for one in statements]
        self.connection.execute("COMMIT")
        return rows


class Lives:
    """The purchases that are recorded.

    Args:
        database: Records them.
    """

    def __init__(self, database: Recorder) -> None:
        storage, domain, modules = "lightning_cart.storage.", "lightning_cart.domain.", dict[str, Any]()
        for name in ("inbox", "orders", "outbox", "reconcile_queue", "refunds"):
            modules |= vars(importlib.import_module(storage + name))
        for name in ("money", "order", "refund"):
            modules |= vars(importlib.import_module(domain + name))
        self.release: Any = SimpleNamespace(**modules)
        self.refund_event: Any = importlib.import_module("lightning_cart.usecases.refund").__dict__["refund_event"]
        self.database = database
        self.orders, self.inbox = self.release.OrderStore(database), self.release.Inbox(database)
        self.outbox, self.refunds = self.release.Outbox(database), self.release.RefundStore(database)
        self.queue = self.release.ReconcileQueue(database)
        self.count, self.now = 0, NOW

    async def begin(self, life: str, *, key: bool = True, page: bool = True, provider: str = "stripe", **changes: Any) -> Any:
        """Create an order, with its key and its payment page if it has them."""
        self.database.life = life
        self.count += 1
        self.now += 60
        fields = {
            "id": f"ord_{self.count:026d}",
            "site_id": "shop",
            "strategy": "stripe_checkout",
            "provider": provider,
            "lines": (self.release.LineItem("mug", "Mug “Ñ” 🫖", self.release.Money(500, "USD"), 2, metadata={"sku": "M"}),),
            "created_at": self.now,
            "updated_at": self.now,
            "customer_email": "ñ@example.com",
            "metadata": {"note": "'it' \\ \n"},
        }
        order = self.release.Order(**(fields | changes))
        for _ in range(2 if key else 1):
            await self.orders.create_order(order, f"key-{self.count}" if key else "", "digest")
        if page:
            checkout = f"link_{self.count}:sq_{self.count}" if provider == "square" else f"cs_{self.count}"
            session = self.release.CheckoutSession(checkout, f"https://pay.example/{self.count}", self.now + DAY)
            await self.orders.save_session(order.id, session, self.now + 1)
        return order

    def event(self, order: Any, kind: str, **changes: Any) -> Any:
        """Return an event of an order."""
        number = int(order.id[4:])
        fields = {
            "provider": order.provider,
            "id": f"evt_{number}_{kind}",
            "type": f"{order.provider}.{kind}",
            "kind": self.release.EventKind(kind),
            "order_id": order.id,
            "amount": order.total if kind == "paid" else None,
            "payment_ref": f"pi_{number}",
        }
        return self.release.PaymentEvent(**(fields | changes))

    async def record(self, order: Any, kind: str, **changes: Any) -> None:
        """Record an event of an order."""
        await self.inbox.record_event(self.event(order, kind, **changes), self.now + 10)

    async def pay(self, life: str, **changes: Any) -> Any:
        """Make a purchase that is paid, and reported twice."""
        order = await self.begin(life, **changes)
        for _ in range(2):
            await self.record(order, "paid")
        return order

    async def refund(self, order: Any, minor: int, status: str = "succeeded", number: int = 0) -> Any:
        """Request a refund, and record its result if there is one."""
        wish = self.release.RefundWish(order.id, minor, "broken", f"refund-{number}")
        refund_id = f"rfd_{self.count * 10 + number:026d}"
        refund, _ = await self.refunds.create_refund(wish, order.total.currency, refund_id, self.now + 20)
        if not status:
            return refund
        before = (await self.orders.get_order(order.id)).refunded_minor
        state = self.release.RefundStatus(status)
        total = self.release.Money(before + minor, order.total.currency) if status == "succeeded" else None
        result = self.release.RefundResult(f"re_{self.count}_{number}", state, total)
        if status == "succeeded":
            await self.inbox.record_refund(refund, result, self.refund_event(order, result), self.now + 30)
        else:
            await self.refunds.save_result(refund, result, self.now + 30)
        return refund

    async def deliver(self, state: str, status: int | None) -> None:
        """Claim the message that is due first, and save the result of its delivery."""
        message = await self.outbox.claim(self.now + 40, 60)
        await self.outbox.save_result(
            message, self.release.DeliveryResult(self.release.DeliveryState(state), 0, status, "" if status == 200 else "no")
        )

    async def unpaid(self) -> None:
        await self.begin("open without a page", page=False)
        await self.begin("open without a page or key", page=False, key=False)
        await self.begin("open")
        for kind, life in (("pending", "pending"), ("failed", "failed"), ("expired", "expired"), ("cancelled", "cancelled")):
            await self.record(await self.begin(life), kind)

    async def paid(self) -> None:
        order = await self.pay("paid")
        await self.deliver("delivered", 200)
        await self.orders.history(order.id)
        order = await self.begin("paid after it was pending and had expired")
        for kind in ("pending", "expired", "paid"):
            await self.record(order, kind)
        await self.deliver("dead", 500)
        await self.pay("paid at square", provider="square", strategy="square")
        await self.deliver("unwanted", None)
        await self.pay("paid at paypal without a key", provider="paypal", strategy="paypal", key=False)
        await self.pay("paid by a link", strategy="stripe_links")
        yen = (self.release.LineItem("mug", "Mug", self.release.Money(1500, "JPY"), 1),)
        await self.pay("paid in yen", lines=yen)

    async def refunded(self) -> None:
        await self.refund(await self.pay("refunded in part"), 300)
        order = await self.pay("refunded twice")
        await self.refund(order, 300)
        await self.refund(order, 700, number=1)
        await self.refund(await self.pay("refund requested"), 300, "")
        await self.refund(await self.pay("refund pending"), 300, "pending")
        refund = await self.refund(await self.pay("refund refused"), 300, "")
        await self.refunds.mark_refused(refund, self.now + 30)
        order = await self.pay("refund failed")
        await self.refund(order, 300)
        failed = {"amount": self.release.Money(0, "USD"), "object_id": f"re_{self.count}_0", "was_read": True}
        await self.inbox.record_refund_total(self.event(order, "refund_failed", **failed), self.now + 40, 0)
        order = await self.pay("refunded at the dashboard")
        await self.record(order, "refunded", amount=self.release.Money(400, "USD"), order_id="")
        order = await self.begin("refunded before it was paid")
        await self.record(order, "refunded", amount=self.release.Money(400, "USD"), order_id="")
        await self.record(order, "paid")

    async def disputed(self) -> None:
        for life, kinds in (
            ("disputed", ["disputed"]),
            ("dispute won", ["disputed", "dispute_won"]),
            ("dispute lost", ["disputed", "dispute_lost"]),
            ("dispute won and refunded", ["disputed", "dispute_won"]),
        ):
            order = await self.pay(life)
            for kind in kinds:
                await self.record(order, kind, order_id="", object_id=f"dp_{self.count}")
            if life.endswith("refunded"):
                await self.refund(order, 300)

    async def subscribed(self) -> None:
        order = await self.begin("subscription")
        names = {"payment_ref": "", "subscription_ref": f"sub_{self.count}"}
        await self.record(order, "paid", **names)
        for kind in ("renewed", "renewal_failed", "subscription_ended"):
            await self.record(order, kind, order_id="", object_id=f"in_{kind}", **names)

    async def reviewed(self) -> None:
        await self.record(await self.begin("wrong amount"), "paid", amount=self.release.Money(999, "USD"))
        await self.record(await self.begin("wrong currency"), "paid", amount=self.release.Money(1000, "EUR"))
        await self.record(await self.pay("second payment"), "paid", id="evt_second", payment_ref="pi_second")
        await self.record(await self.pay("other content"), "paid", amount=self.release.Money(1, "USD"))
        await self.record(await self.begin("unclear"), "unclear")
        first = await self.pay("one payment of two orders, the first")
        second = await self.begin("one payment of two orders, the second")
        await self.record(second, "paid", payment_ref=f"pi_{int(first.id[4:])}")

    async def parked(self) -> None:
        order = await self.begin("parked")
        await self.record(order, "disputed", id="evt_parked", order_id="", payment_ref="pi_unknown", object_id="dp_unknown")
        await self.record(order, "renewed", id="evt_other", order_id="", payment_ref="", subscription_ref="sub_unknown")
        await self.record(
            order, "paid", id="evt_orderless", order_id="ord_00000000000000000000009999", payment_ref="pi_orderless"
        )

    async def reconcile(self) -> None:
        self.database.life, now = "reconcile", self.now + 1000
        await self.queue.parked_events(5)
        await self.queue.claim_unfinished(now - 300, 5, now)
        await self.queue.next_orders(now - 300, now - 180 * DAY, 3)
        await self.queue.save_cursor("ord_00000000000000000000000003")
        await self.queue.next_orders(now - 300, now - 180 * DAY, 3)
        for _ in range(2):
            await self.queue.back_off("square", now, 300, 3600)
        await self.queue.is_backing_off("square", now + 1)
        await self.queue.back_off("paypal", now, 300, 3600)
        await self.queue.reset_backoff("paypal")
        await self.orders.list_orders("paid", 5)
        await self.orders.list_orders("", 5)
        await self.orders.find_by_key("key-5")
        await self.outbox.replay("ord_00000000000000000000000008", "order.paid")
        await self.outbox.claim(now, 60)

    async def live(self) -> None:
        for part in ("unpaid", "paid", "refunded", "disputed", "subscribed", "reviewed", "parked", "reconcile"):
            await getattr(self, part)()


def every_statement() -> set[str]:
    """Return the text of every statement of the release's storage modules."""
    prefix = "lightning_cart.storage"
    sql_type: Any = importlib.import_module(f"{prefix}.sql").__dict__["Sql"]
    inbox: Any = importlib.import_module(f"{prefix}.inbox_statements")
    kinds: Any = importlib.import_module("lightning_cart.domain.order").__dict__["EventKind"]
    found = [
        sql for kind, locator in product(kinds, inbox.FIND_ORDER) for sql in inbox.event_statements(kind, locator).values()
    ]
    for module in pkgutil.iter_modules(importlib.import_module(prefix).__path__):
        for value in vars(importlib.import_module(f"{prefix}.{module.name}")).values():
            found += [one for one in (value.values() if isinstance(value, dict) else [value]) if isinstance(one, sql_type)]
    return {sql.sql for sql in found}


def record(folder: Path, commit: str) -> None:
    """Record the lives, in a process that imports the release's core."""
    database = Recorder(folder / "migrations")
    asyncio.run(Lives(database).live())
    for sql in sorted(every_statement()):
        database.number(sql)
    calls = ",\n".join(json.dumps(call, ensure_ascii=False) for call in database.calls)
    statements = ",\n".join(json.dumps(sql) for sql in database.statements)
    text = f'{{"commit": "{commit}",\n"statements": [\n{statements}\n],\n"calls": [\n{calls}\n]}}\n'
    (HERE / "last_release.json").write_text(text, encoding="utf-8")


def main(commit: str) -> None:
    """Unpack the release, and record it."""
    with tempfile.TemporaryDirectory() as folder:
        packed = subprocess.run(["git", "archive", commit, "core", "migrations"], capture_output=True, check=True).stdout
        subprocess.run(["tar", "-x", "-C", folder], input=packed, check=True)
        env = os.environ | {"PYTHONPATH": str(Path(folder) / "core")}
        subprocess.run([sys.executable, __file__, commit, folder], env=env, check=True)


if __name__ == "__main__":
    record(Path(sys.argv[2]), sys.argv[1]) if sys.argv[2:] else main(sys.argv[1])
