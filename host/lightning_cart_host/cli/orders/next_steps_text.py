"""Says what an order waits for, in sentences for the terminal."""

import shlex
from collections.abc import Callable

from lightning_cart.domain.money import Money
from lightning_cart.domain.order import Order, OrderStatus
from lightning_cart.usecases.next_steps import NextStep, StepKind
from lightning_cart_host.cli.dates import format_utc
from lightning_cart_host.cli.orders.provider_names import dispute_page, provider_name
from lightning_cart_host.output import plural

_COMMAND = "lightning-cart orders"
_PAID = {
    "told": "Paid, told to the shop, nothing is waiting.",
    "no_receiver": "Paid, nothing is waiting. The site has no fulfilment URL, so the shop is not told.",
    "no_message": "Paid, nothing is waiting.",
}


def _time(seconds: int | None) -> str:
    return f"{format_utc(seconds)} UTC" if seconds else "a time that is not known"


def _say_strategy(step: NextStep, order: Order) -> str:
    use = "refund or reconcile it" if order.paid_minor else "reconcile it or close its checkout"
    if step.state == "unknown":
        return f"Nothing here can {use}: {step.reason}."
    return f"Nothing here can {use}, because settings of {order.strategy} are missing or wrong: {step.reason}."


def _say_review(step: NextStep, order: Order) -> str:
    why = f"{step.subject}: {step.reason}" if step.reason else "no reason is stored"
    head = f"Needs review since {_time(step.since)}: {why}."
    accept = f"{_COMMAND} accept {order.id} --reason …"
    if step.state == "here":
        kept = step.amount.display if step.amount else "Money"
        return f"{head} {kept} is kept. Take the order as it is:\n{accept}\nOr refund it:\n{_COMMAND} refund {order.id}"
    close = f"{_COMMAND} close {order.id}"
    if step.state == "elsewhere":
        name = provider_name(order.provider)
        return f"{head} Refund the money at {name}, then:\n{close} --reason …\nOr take the order as it is:\n{accept}"
    return f"{head} No money is kept:\n{close}\nOr take the order as it is:\n{accept}"


def _say_dispute(step: NextStep, order: Order) -> str:
    amount = f" of {step.amount.display}" if step.amount else ""
    reason = f" ({step.reason})" if step.reason else ""
    due = f" by {_time(step.until)}" if step.until else ""
    name = f"Dispute {step.subject}" if step.subject else "A dispute"
    return f"{name}{amount}{reason} is open since {_time(step.since)}: answer it{due} {dispute_page(order.provider)}."


def _say_refund(step: NextStep, order: Order) -> str:
    name, amount = provider_name(order.provider), step.amount or Money(0, order.total.currency)
    head = f"Refund {step.subject} of {amount.display}"
    command = f"{_COMMAND} refund {order.id}{''.join(f' --line {line}' for line in step.lines)}"
    if step.state == "failed":
        again = f"{command} --amount {amount.decimal}"
        return f"{head} failed: the buyer did not get it. {name} knows why. Then refund again, with a new key:\n{again}"
    if step.state == "pending":
        return f"{head} is accepted by {name} since {_time(step.since)}, and not completed. Nothing to do: it ends by itself."
    options = f" --amount {step.asked.decimal}" if step.asked else ""
    options += f" --reason {shlex.quote(step.reason)}" if step.reason else ""
    return (
        f"{head} is requested since {_time(step.since)}, and {name} has not answered. `lightning-cart reconcile` asks again. "
        f"At once:\n{command}{options} --key {shlex.quote(step.key)}"
    )


def _say_asked(step: NextStep, name: str) -> str:
    """Say when the provider was asked last, and when it is asked next."""
    last = f"{name} was asked last at {_time(step.last_at)}" if step.last_at else f"{name} was never asked"
    following = f"from {_time(step.next_at)} on" if step.next_at else "with its next run"
    return f"{last}; `lightning-cart reconcile` asks {following}."


def _say_payment(step: NextStep, order: Order) -> str:
    name, asked = provider_name(order.provider), _say_asked(step, provider_name(order.provider))
    match step.state:
        case "no_page":
            return (
                f"No payment page was opened since {_time(step.since)}, so nobody can pay. "
                f"It expires by itself with the first reconcile after {_time(step.until)}."
            )
        case "pending":
            return f"The buyer has paid, and {name} waits for the bank since {_time(step.since)}. Nothing to do. {asked}"
        case "part_paid":
            paid = step.amount.display if step.amount else "a part"
            return f"Only {paid} of {order.total.display} is paid so far. A day after the order it needs review. {asked}"
        case "ended":
            return f"Not paid, and its checkout ended at {_time(step.until)}. {asked} Then it ends by itself."
    return (
        f"Not paid since {_time(step.since)}. Its checkout is open until {_time(step.until)}, then it ends by itself. {asked}"
    )


def _say_message(step: NextStep, order: Order) -> str:
    tried = f"{step.attempts} {plural('attempt', step.attempts)}, the last at {_time(step.last_at)}"
    answer = step.reason or "no answer yet"
    if step.state == "dead":
        again = f"{_COMMAND} replay {order.id} --effect {step.subject}"
        return f"The shop was not told {step.subject}: {tried}: {answer}. No further attempt is made; try again:\n{again}"
    if not step.attempts:
        return (
            f"{step.subject} is to be told to the shop since {_time(step.since)}. A running engine does it within seconds: if "
            "none runs, start `lightning-cart serve`."
        )
    return f"The shop was not told {step.subject} yet: {tried}: {answer}. The next attempt is at {_time(step.next_at)}."


def _say_parked(step: NextStep, order: Order) -> str:
    return (
        f"Event {step.subject} ({step.reason or 'no type'}) of {provider_name(order.provider)} waits since {_time(step.since)} "
        f"to be applied: `lightning-cart reconcile` does it. It is deleted at {_time(step.until)}."
    )


def _say_nothing(step: NextStep, order: Order) -> str:
    if order.status is OrderStatus.PAID:
        return _PAID[step.state]
    words = {
        OrderStatus.PARTIALLY_REFUNDED: "Paid and partly refunded",
        OrderStatus.REFUNDED: "Paid and refunded",
        OrderStatus.FAILED: "The payment failed, and nothing was paid",
        OrderStatus.EXPIRED: "Expired, and nothing was paid",
        OrderStatus.CANCELLED: "Cancelled",
    }
    return f"{words.get(order.status, order.status)}: nothing is waiting."


_SENTENCES: dict[StepKind, Callable[[NextStep, Order], str]] = {
    StepKind.STRATEGY: _say_strategy,
    StepKind.REVIEW: _say_review,
    StepKind.DISPUTE: _say_dispute,
    StepKind.REFUND: _say_refund,
    StepKind.PAYMENT: _say_payment,
    StepKind.MESSAGE: _say_message,
    StepKind.PARKED: _say_parked,
    StepKind.NOTHING: _say_nothing,
}


def say_step(step: NextStep, order: Order) -> str:
    """Return what an order waits for as sentences. A command for a person to type is a line of its own."""
    return _SENTENCES[step.kind](step, order)
