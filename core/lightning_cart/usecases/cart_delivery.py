"""Chooses the delivery method of a cart, and says of each other method why it does not fit."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from lightning_cart.domain.buyer import Destination
from lightning_cart.domain.money import decimal_text
from lightning_cart.domain.shipping import Method, Parcel, Shipping, Unfit, why_unfit
from lightning_cart.domain.typed import is_left_out, match_name
from lightning_cart.errors import InvalidField
from lightning_cart.usecases.cart_keys import name_choices

_FIELD = "delivery.method"


class Offer(NamedTuple):
    """A method of the site, and why it does not fit the cart, or None if it does."""

    method: Method
    unfit: Unfit | None


class _Words(NamedTuple):
    """A sentence without its subject for developers, and one for buyers."""

    reason: str
    for_buyer: str


def find_offers(methods: Iterable[Method], shipping: Shipping, parcel: Parcel, place: Destination) -> tuple[Offer, ...]:
    """Return which methods fit a cart, in the order of the file.

    Args:
        methods: Those of the site.
        shipping: The zones.
        parcel: What is delivered.
        place: Where it goes.
    """
    zone = shipping.zone_of(place)
    return tuple(Offer(method, why_unfit(method, parcel, zone)) for method in methods)


def read_method(given: object, methods: Sequence[Method]) -> Method | None:
    """Return the method that a cart names, or None if it names none.

    Args:
        given: Any value; None and "" count as left out.
        methods: Those of the site.

    Raises:
        InvalidField: It is none of them.
    """
    if is_left_out(given):
        return None
    by_id = {method.id: method for method in methods}
    method_id = match_name(given, by_id)
    if method_id is None:
        if not by_id:
            reason = "is not known, because this site delivers nothing: leave it out"
            raise InvalidField(_FIELD, reason, "This shop delivers nothing. Please tell the shop.")
        for_buyer = f"This way of delivery is not offered. Please choose {name_choices([method.name for method in methods])}."
        raise InvalidField(_FIELD, f"must be one of: {name_choices(list(by_id), '')}", for_buyer)
    return by_id[method_id]


def _kilograms(grams: int) -> str:
    return f"{decimal_text(grams, 3).rstrip('0').rstrip('.')} kg"


def why_not(offer: Offer, parcel: Parcel) -> str:
    """Return why a method does not fit a cart, as a sentence for buyers.

    Args:
        offer: A method that does not fit.
        parcel: What is delivered.
    """
    return _words(offer, parcel).for_buyer


def _words(offer: Offer, parcel: Parcel) -> _Words:
    method, currency, goods = offer.method, parcel.goods.currency, parcel.goods.display
    weight = _kilograms(parcel.weight)
    sentences: Mapping[Unfit | None, _Words] = {
        Unfit.PLACE: _Words("does not go to this place", "does not go to this address."),
        Unfit.CURRENCY: _Words(f"has no price in {currency}", f"cannot be paid in {currency}."),
        Unfit.TOO_LIGHT: _Words(
            f"takes at least {method.min_weight} g, and the goods weigh {parcel.weight} g",
            f"takes {_kilograms(method.min_weight or 0)} or more, and your order weighs {weight}.",
        ),
        Unfit.TOO_HEAVY: _Words(
            f"takes at most {method.max_weight} g, and the goods weigh {parcel.weight} g",
            f"takes {_kilograms(method.max_weight or 0)} at most, and your order weighs {weight}.",
        ),
    }
    if offer.unfit in sentences:
        words = sentences[offer.unfit]
    elif offer.unfit is Unfit.SUM_TOO_SMALL:
        least = method.min_sum[currency].display
        words = _Words(
            f"is offered from {least} of goods, and these are {goods}",
            f"is offered from {least}, and your order comes to {goods}.",
        )
    else:
        most = method.max_sum[currency].display
        words = _Words(
            f"is offered up to {most} of goods, and these are {goods}",
            f"is offered up to {most}, and your order comes to {goods}.",
        )
    return _Words(f"{method.id} {words.reason}", f"{method.name} {words.for_buyer}")


def _none_fits(offers: Sequence[Offer], parcel: Parcel, place: Destination) -> InvalidField:
    """Return the error of a cart that no method takes, with what is wrong with it."""
    there = [offer for offer in offers if offer.unfit is not Unfit.PLACE]
    reasons = {offer.unfit for offer in there}
    said = "; ".join(_words(offer, parcel).reason for offer in there)
    if not there:
        where = "-".join(part for part in (place.country, place.region, place.postal_code) if part)
        reason = f"no way of delivery goes to {where}" if where else "no way of delivery is known without a country"
        return InvalidField("delivery.country", reason, "This shop does not deliver to this address.")
    if reasons == {Unfit.TOO_HEAVY}:
        most = max(offer.method.max_weight or 0 for offer in there)
        for_buyer = (
            f"Your order weighs {_kilograms(parcel.weight)}, and this shop delivers {_kilograms(most)} at most. "
            "Please take something out, or order it separately."
        )
        return InvalidField("items", f"heavier than every way of delivery takes: {said}", for_buyer)
    if reasons == {Unfit.CURRENCY}:
        currency = parcel.goods.currency
        for_buyer = f"The delivery cannot be paid in {currency}. Please choose another currency."
        return InvalidField("currency", f"no way of delivery to this place has a price in {currency}", for_buyer)
    for_buyer = f"No way of delivery takes this order: {' '.join(_words(offer, parcel).for_buyer for offer in there)}"
    return InvalidField("items", f"no way of delivery takes this cart: {said}", for_buyer)


class MethodChoice(NamedTuple):
    """The method that a cart gets, or None; and what is missing before the cart can be ordered, or None."""

    method: Method | None
    missing: InvalidField | None = None


def choose_method(
    wanted: Method | None, offers: Sequence[Offer], parcel: Parcel, place: Destination, *, is_place_known: bool
) -> MethodChoice:
    """Return the delivery method of a cart. The only one that fits is taken by itself, but no pick-up for a parcel.

    Args:
        wanted: What the cart names, or None.
        offers: The methods of the site.
        parcel: What is delivered.
        place: Where it goes.
        is_place_known: Whether the cart says all of the place that the delivery depends on.

    Raises:
        InvalidField: No method fits, or the wanted one does not.
    """
    fitting = [offer.method for offer in offers if offer.unfit is None]
    if wanted is None:
        if not is_place_known:
            return MethodChoice(None, _missing(fitting))
        if not fitting:
            raise _none_fits(offers, parcel, place)
        return MethodChoice(fitting[0]) if _is_only(fitting, offers) else MethodChoice(None, _missing(fitting))
    offer = next(offer for offer in offers if offer.method.id == wanted.id)
    if offer.unfit is None:
        return MethodChoice(wanted)
    if offer.unfit is Unfit.PLACE and not is_place_known:
        return MethodChoice(None)
    if not fitting and is_place_known:
        raise _none_fits(offers, parcel, place)
    reason, for_buyer = _words(offer, parcel)
    others = f": choose {name_choices([method.id for method in fitting])}" if fitting else ""
    advice = f" Please choose {name_choices([method.name for method in fitting])}." if fitting else ""
    raise InvalidField(_FIELD, f"{reason}{others}", f"{for_buyer}{advice}")


def _is_only(fitting: Sequence[Method], offers: Sequence[Offer]) -> bool:
    """Return whether there is nothing to choose. Who expects a parcel is asked before it becomes a pick-up."""
    return len(fitting) == 1 and (not fitting[0].pick_up or all(offer.method.pick_up for offer in offers))


def _missing(fitting: Sequence[Method]) -> InvalidField:
    ids, names = name_choices([method.id for method in fitting], ""), name_choices([method.name for method in fitting])
    reason = f"is missing: choose one of: {ids}" if ids else "is missing: choose one when the place is known"
    return InvalidField(_FIELD, reason, f"Please choose how to deliver it{f': {names}' if names else ''}.")
