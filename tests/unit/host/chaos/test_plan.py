"""The fault rates of a chaos run."""

from lightning_cart_host.chaos.plan import ChaosPlan
from lightning_cart_sandbox import Chaos
from lightning_cart_sandbox.chaos.dial import DELIVERY, Fault


def test_a_fifth_of_the_webhooks_is_faulty_and_a_twentieth_is_dropped() -> None:
    dial = Chaos.parse(ChaosPlan(10, 5, 7, 0).dial)
    faulty = sum(dial.rate(fault) for fault in DELIVERY if fault is not Fault.DROP)
    assert (dial.seed, round(faulty, 9), dial.drop) == (7, 0.2, 0.05)
    assert [fault for fault in Fault if not dial.rate(fault)] == []
