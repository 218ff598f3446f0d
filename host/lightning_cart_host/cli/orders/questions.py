"""Says what a command is going to do with an order, as a question, and what it has done."""

from lightning_cart.domain.money import Money
from lightning_cart.domain.order import PAID_STATUSES, UNPAID_STATUSES, Dispute, Order
from lightning_cart.domain.review import explain_review
from lightning_cart.usecases.refund_preview import RefundPreview
from lightning_cart_host.cli.orders.provider_names import provider_name


def _goods(order: Order) -> str:
    """Return the first line's name, and how many lines follow."""
    further = len(order.lines) - 1
    return f"{order.lines[0].title}{f' and {further} more' if further else ''}"


def _refunded(seen: RefundPreview) -> str:
    """Return the lines that a refund is for, or the order's goods."""
    lines = (f"{quantity} of {seen.order.lines[place].title}" for place, quantity in seen.pieces)
    return f"for {', '.join(lines)}" if seen.pieces else _goods(seen.order)


def refund_question(seen: RefundPreview) -> str:
    """Return the question before a refund, with what an operator has to know."""
    order, name = seen.order, provider_name(seen.order.provider)
    notes = []
    if order.needs_review:
        reason = explain_review(order.review_reason)
        notes.append(f"It needs review ({reason}). " if reason else "It needs review. ")
    if order.dispute is Dispute.OPEN:
        notes.append("A dispute is open, and the provider may pay the buyer, too. ")
    buyer = order.customer_email or "the buyer"
    what = f"{seen.amount.display} of {seen.paid.display} ({_refunded(seen)})"
    earlier = Money(seen.paid.minor - seen.amount.minor - seen.left.minor, seen.amount.currency)
    rest = f"{earlier.display} was refunded before. {stays(seen.left)}" if earlier.minor > 0 else stays(seen.left)
    if seen.is_repeat:
        return f"{''.join(notes)}Continue the refund of {what} to {buyer} by {name}? {rest}"
    return f"{''.join(notes)}Give {what} back to {buyer} by {name}? {rest}"


def stays(left: Money) -> str:
    """Return how much can still be refunded, as a sentence."""
    return f"{left.display} stay." if left.minor else "Nothing stays."


def ending_question(order: Order, action: str) -> str:
    """Return the question before an order's checkout ends, or an empty string if it cannot be paid any more.

    Args:
        order: The order.
        action: `Cancel` or `Close`.
    """
    if order.status not in UNPAID_STATUSES or order.session is None:
        return ""
    name = provider_name(order.provider)
    return f"{action} {order.id} ({order.total.display}, {_goods(order)}, {order.status})? {name} then takes no payment for it."


def ended_sentence(order: Order, kept: Money) -> str:
    """Return what an order's status means after an operator changed it.

    Args:
        order: The order now.
        kept: What was paid and not refunded, with tips.
    """
    if order.is_free:
        return "It was free: nothing was paid, and nothing has to be paid back."
    name = provider_name(order.provider)
    if order.status in UNPAID_STATUSES:
        return f"It can still be paid at {name}."
    if order.status in PAID_STATUSES:
        return f"{kept.display} is kept, and the site is told as for every paid order."
    return f"Nothing is kept, and {name} takes no payment for it any more."
