"""The same shop as most good engineers would write it: FastAPI, stripe-python and SQLAlchemy, on SQLite or on PostgreSQL."""

import os
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import stripe
from fastapi import Depends, FastAPI, Header, HTTPException, Request
from pydantic import BaseModel, Field
from sqlalchemy import JSON, Connection, ForeignKey, Index, event, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

PRODUCTS: dict[str, dict[str, Any]] = {
    "test-10": {"name": "Test checkout", "prices": {"usd": 1000, "eur": 950}},
    "mug": {"name": "Lightning mug", "prices": {"usd": 1450, "eur": 1300}},
    "supporter": {"name": "Supporter", "prices": {"usd": 500, "eur": 500}},
}
DATABASE, POOL = os.environ["SHOP_DATABASE"], int(os.environ["SHOP_POOL"])
ON_SQLITE = DATABASE.startswith("sqlite")
insert = sqlite.insert if ON_SQLITE else postgresql.insert


class Base(DeclarativeBase):
    """The tables."""


class Order(Base):
    """An order. It is saved before Stripe hears of it."""

    __tablename__ = "orders"

    id: Mapped[str] = mapped_column(primary_key=True)
    status: Mapped[str] = mapped_column(default="open")
    currency: Mapped[str]
    total: Mapped[int]
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    idempotency_key: Mapped[str] = mapped_column(unique=True)
    session_id: Mapped[str | None] = mapped_column(unique=True)
    session_url: Mapped[str | None]
    expires_at: Mapped[int | None]
    payment_intent: Mapped[str | None]
    created_at: Mapped[int]
    updated_at: Mapped[int]

    __table_args__ = (Index("orders_by_status", "status", "created_at"),)


class Event(Base):
    """An event of Stripe, once however often it is delivered."""

    __tablename__ = "events"

    id: Mapped[str] = mapped_column(primary_key=True)
    type: Mapped[str]
    order_id: Mapped[str] = mapped_column(index=True)
    received_at: Mapped[int]


class Message(Base):
    """What the shop is to be told about an order, once."""

    __tablename__ = "outbox"

    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    effect: Mapped[str] = mapped_column(primary_key=True)
    created_at: Mapped[int]


engine = create_async_engine(DATABASE, pool_size=POOL, max_overflow=0, pool_timeout=60)
sessions = async_sessionmaker(engine, expire_on_commit=False)

if ON_SQLITE:  # as SQLAlchemy's documentation says, so that BEGIN is sent, and takes the write lock at once

    @event.listens_for(engine.sync_engine, "connect")
    def set_pragmas(connection: DBAPIConnection, _: object) -> None:
        """Prepare a new connection."""
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "busy_timeout = 60000"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        """Begin a transaction that will write."""
        connection.exec_driver_sql("BEGIN IMMEDIATE")


client = stripe.StripeClient(
    os.environ["STRIPE_SECRET_KEY"],
    base_addresses={"api": os.environ["STRIPE_API_BASE"]},
    http_client=stripe.HTTPXClient(),
    max_network_retries=2,
)


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    """Create the tables, and close the connections at the end."""
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield
    await engine.dispose()


async def open_session() -> AsyncIterator[AsyncSession]:
    """Lend a session to a request."""
    async with sessions() as session:
        yield session


Session = Annotated[AsyncSession, Depends(open_session)]
app = FastAPI(lifespan=lifespan)


class Item(BaseModel):
    """One line of a cart."""

    id: str
    quantity: int = Field(gt=0, le=99)


class Cart(BaseModel):
    """The body of a checkout."""

    items: list[Item] = Field(min_length=1, max_length=100)


class Checkout(BaseModel):
    """The answer to a checkout."""

    order_id: str
    session_id: str
    url: str
    expires_at: int


@app.get("/health")
async def health() -> dict[str, str]:
    """Report that it is up."""
    return {"status": "ok"}


@app.post("/checkout", status_code=201)
async def checkout(cart: Cart, session: Session, idempotency_key: Annotated[str, Header()]) -> Checkout:
    """Save an order, open its hosted checkout, save that."""
    if unknown := [item.id for item in cart.items if item.id not in PRODUCTS]:
        raise HTTPException(422, f"unknown product {unknown[0]}")
    now = int(time.time())
    lines = [
        {"id": item.id, "quantity": item.quantity, "unit": product["prices"]["usd"], "name": product["name"]}
        for item in cart.items
        for product in (PRODUCTS[item.id],)
    ]
    order = Order(
        id=f"ord_{uuid.uuid4().hex}",
        status="open",
        currency="usd",
        total=sum(line["unit"] * line["quantity"] for line in lines),
        lines=lines,
        idempotency_key=idempotency_key,
        created_at=now,
        updated_at=now,
    )
    session.add(order)
    try:
        await session.commit()
    except IntegrityError:
        await session.rollback()
        order = (await session.scalars(select(Order).where(Order.idempotency_key == idempotency_key))).one()
        await session.commit()
    if order.session_id is None:
        opened = await client.v1.checkout.sessions.create_async(
            {
                "mode": "payment",
                "client_reference_id": order.id,
                "success_url": f"https://pay.shop.example/return/{order.id}",
                "cancel_url": "https://pay.shop.example/cancel.html",
                "metadata": {"order_id": order.id},
                "line_items": [
                    {
                        "quantity": line["quantity"],
                        "price_data": {
                            "currency": "usd",
                            "unit_amount": line["unit"],
                            "product_data": {"name": line["name"]},
                        },
                    }
                    for line in order.lines
                ],
            },
            {"idempotency_key": f"checkout-{order.id}"},
        )
        order.session_id, order.session_url, order.expires_at = opened.id, opened.url, opened.expires_at
        await session.commit()
    return Checkout(
        order_id=order.id, session_id=order.session_id or "", url=order.session_url or "", expires_at=order.expires_at or 0
    )


@app.post("/webhook/stripe")
async def webhook(request: Request, session: Session, stripe_signature: Annotated[str, Header()]) -> dict[str, bool]:
    """Verify an event, and record it and what it changes in one transaction."""
    try:
        notice = stripe.Webhook.construct_event(await request.body(), stripe_signature, os.environ["STRIPE_WEBHOOK_SECRET"])
    except (ValueError, stripe.SignatureVerificationError) as error:
        raise HTTPException(400, "bad signature") from error
    if notice.type != "checkout.session.completed":
        return {"received": True}
    paid, now = notice.data.object, int(time.time())
    order_id = paid.metadata["order_id"]
    async with session.begin():
        seen = insert(Event).values(id=notice.id, type=notice.type, order_id=order_id, received_at=now)
        if (await session.execute(seen.on_conflict_do_nothing().returning(Event.id))).first() is None:
            return {"received": True}
        order = (await session.scalars(select(Order).where(Order.id == order_id).with_for_update())).one_or_none()
        if order is None:
            return {"received": True}
        if order.session_id != paid.id or order.total != paid.amount_total or order.currency != paid.currency:
            order.status = "review"
        elif order.status == "open" and paid.payment_status == "paid":
            order.status, order.payment_intent, order.updated_at = "paid", paid.payment_intent, now
            session.add(Message(order_id=order.id, effect="order.paid", created_at=now))
    return {"received": True}
