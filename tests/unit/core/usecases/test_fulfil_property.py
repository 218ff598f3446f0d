"""Any responses, any interleaving of workers and crashes: each message is sent at least once, and is always the same."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from lightning_cart.domain.money import Money
from lightning_cart.domain.payment_event import EventKind
from lightning_cart.errors import ProviderTimeout, StorageUnavailable
from lightning_cart.http import HttpRequest, HttpResponse
from lightning_cart.usecases.fulfil import LEASE_SECONDS, RETRY_SECONDS, deliver_due
from lightning_cart.usecases.fulfilment_message import message_id
from support.app import run
from support.builders import ORDER_ID
from support.merchants import FulfilmentHarness


class Crash(BaseException):
    """The worker is gone: between claiming and sending, or between sending and recording."""


# What happens to one try: the merchant's answer, or what befalls the worker in the middle of it.
STEPS = st.one_of(
    st.sampled_from([200, 204, 301, 404, 429, 500, 503]),
    st.sampled_from(["silence", "crash before sending", "crash after sending", "database gone"]),
    # Meanwhile another worker runs, at once or when the lease has ended.
    st.tuples(
        st.just("another worker"), st.sampled_from([0, LEASE_SECONDS - 1, LEASE_SECONDS, 400]), st.sampled_from([200, 500])
    ),
)


class Chaos:
    """A merchant's way in which everything goes wrong that can, as a script says; then nothing does."""

    def __init__(self, script: list[Any], refunds: int) -> None:
        self.script = script
        self.shop = FulfilmentHarness()
        self.shop.record()
        for number in range(1, refunds + 1):
            self.shop.record(EventKind.REFUNDED, id=f"evt_{number}", amount=Money(number * 100, "USD"))
        self.shop.merchant.replies = [self.receive]
        self.accepted: list[str] = []
        self.bodies: dict[str, set[bytes]] = {}
        self.under_way: dict[str, float] = {}

    async def receive(self, request: HttpRequest) -> HttpResponse:
        name = request.header("webhook-id")
        # Nobody else may be sending this while its lease holds.
        assert self.shop.now >= self.under_way.get(name, 0)
        self.under_way[name] = self.shop.now + LEASE_SECONDS
        step = self.script.pop(0) if self.script else 200
        if step == "crash before sending":
            raise Crash
        self.bodies.setdefault(name, set()).add(request.body)
        status = step if isinstance(step, int) else 200
        if isinstance(step, tuple):
            _, seconds, status = step
            self.shop.now += seconds
            await deliver_due(self.shop.engine, 2)
        if step == "silence":
            self.under_way.pop(name)
            raise ProviderTimeout("merchant.example", "did not answer in time")
        if 200 <= status < 300:
            self.accepted.append(name)
        if step == "crash after sending":
            raise Crash
        if step == "database gone":
            self.shop.database.broken = True
        else:
            self.under_way.pop(name, None)
        return HttpResponse(status)

    def run(self) -> None:
        """Let workers go on until nothing is left to try."""
        while waiting := [row for row in self.shop.effects().values() if row["state"] == "waiting"]:
            self.shop.now = max(self.shop.now, min(float(row["next_at"] or 0) for row in waiting))
            try:
                self.shop.deliver()
            except (Crash, StorageUnavailable):
                self.shop.database.broken = False


@given(script=st.lists(STEPS, max_size=8), refunds=st.integers(0, 2))
def test_every_effect_arrives_at_least_once_and_is_always_the_same(script: list[Any], refunds: int) -> None:
    chaos = Chaos(list(script), refunds)
    chaos.run()
    effects = ["order.paid", *(f"order.refunded:{number * 100}" for number in range(1, refunds + 1))]
    assert set(chaos.accepted) == {message_id(ORDER_ID, effect) for effect in effects}
    assert chaos.shop.states() == dict.fromkeys(effects, "delivered")
    assert all(len(bodies) == 1 for bodies in chaos.bodies.values())


@given(script=st.lists(STEPS.filter(lambda step: step not in {200, 204}), max_size=30))
def test_a_dead_message_was_refused_ten_times_and_can_be_replayed(script: list[Any]) -> None:
    chaos = Chaos([*script, *[500] * 20], 0)
    chaos.run()
    row = chaos.shop.effects()["order.paid"]
    if not chaos.accepted:
        assert (row["state"], int(row["attempts"] or 0) > len(RETRY_SECONDS)) == ("dead", True)
    chaos.script.clear()
    run(chaos.shop.engine.outbox.replay(ORDER_ID))
    chaos.run()
    assert chaos.accepted
    assert chaos.shop.states() == {"order.paid": "delivered"}
