"""The way of delivery: chosen, taken by itself, or refused with what is wrong with it."""

from typing import Any

import pytest

from lightning_cart.domain.buyer import Destination
from lightning_cart.domain.money import Money
from lightning_cart.domain.shipping import Parcel, Shipping, Unfit
from lightning_cart.errors import InvalidField
from lightning_cart.usecases.cart_delivery import MethodChoice, choose_method, find_offers, read_method, why_not
from lightning_cart.usecases.cart_keys import name_choices
from support.goods import SHIPPING, SITE, euros

METHODS = SHIPPING.methods_of(SITE.id)
BY_ID = {method.id: method for method in METHODS}
SPAIN, TENERIFE, LISBON = Destination("ES", "M"), Destination("ES", "TF"), Destination("PT", "", "1000")
GOODS = Parcel(euros(2000), 500)


def choose(
    parcel: Parcel = GOODS, place: Destination = SPAIN, wanted: str = "", only: str = "", *, is_place_known: bool = True
) -> MethodChoice:
    methods = [BY_ID[name] for name in only.split()] if only else METHODS
    offers = find_offers(methods, SHIPPING, parcel, place)
    return choose_method(BY_ID.get(wanted), offers, parcel, place, is_place_known=is_place_known)


def refusal(*args: Any, **options: Any) -> tuple[str, str, str]:
    with pytest.raises(InvalidField) as caught:
        choose(*args, **options)
    return caught.value.field, caught.value.reason, caught.value.for_buyer


def test_the_wanted_method_is_taken_if_it_fits() -> None:
    assert choose(wanted="express") == MethodChoice(BY_ID["express"])


def test_where_several_fit_one_has_to_be_chosen() -> None:
    method, missing = choose()
    assert missing is not None
    assert (method, missing.field, missing.reason, missing.for_buyer) == (
        None,
        "delivery.method",
        "is missing: choose one of: post, express, pickup",
        "Please choose how to deliver it: Post, Express or Pick up in Madrid.",
    )


def test_the_only_one_that_fits_is_taken_by_itself() -> None:
    assert choose(only="post boat") == MethodChoice(BY_ID["post"])
    assert choose(only="pickup") == MethodChoice(BY_ID["pickup"])


def test_a_pick_up_is_not_taken_by_itself_for_who_expects_a_parcel() -> None:
    method, missing = choose(only="post pickup", place=TENERIFE)
    assert missing is not None
    assert (method, missing.for_buyer) == (None, "Please choose how to deliver it: Pick up in Madrid.")


def test_before_the_place_is_known_nothing_is_taken_or_refused() -> None:
    for only in ("post", "boat"):
        method, missing = choose(only=only, is_place_known=False)
        assert (method, missing is not None) == (None, True)
    assert choose(only="boat", is_place_known=False).missing is not None
    assert choose(wanted="boat", is_place_known=False) == MethodChoice(None)
    assert choose(wanted="pickup", is_place_known=False) == MethodChoice(BY_ID["pickup"])


def test_before_the_place_is_known_a_buyer_is_asked_for_a_method_without_names() -> None:
    missing = choose(only="boat", is_place_known=False).missing
    assert missing is not None
    assert (missing.reason, missing.for_buyer) == (
        "is missing: choose one when the place is known",
        "Please choose how to deliver it.",
    )


@pytest.mark.parametrize(
    ("parcel", "wanted", "reason", "for_buyer"),
    [
        (GOODS, "boat", "boat does not go to this place", "Boat does not go to this address."),
        (
            Parcel(Money(2000, "USD"), 500),
            "express",
            "express has no price in USD",
            "Express cannot be paid in USD.",
        ),
        (
            Parcel(euros(2000), 50),
            "express",
            "express takes at least 100 g, and the goods weigh 50 g",
            "Express takes 0.1 kg or more, and your order weighs 0.05 kg.",
        ),
        (
            Parcel(euros(2000), 2400),
            "post",
            "post takes at most 2000 g, and the goods weigh 2400 g",
            "Post takes 2 kg at most, and your order weighs 2.4 kg.",
        ),
        (
            Parcel(euros(999), 500),
            "express",
            "express is offered from €10.00 of goods, and these are €9.99",
            "Express is offered from €10.00, and your order comes to €9.99.",
        ),
        (
            Parcel(euros(20_001), 500),
            "express",
            "express is offered up to €200.00 of goods, and these are €200.01",
            "Express is offered up to €200.00, and your order comes to €200.01.",
        ),
    ],
)
def test_a_method_that_does_not_fit_says_why_and_which_do(parcel: Parcel, wanted: str, reason: str, for_buyer: str) -> None:
    field, said, told = refusal(parcel, wanted=wanted)
    others = [name for name in ("post", "express", "pickup") if name != wanted and fits(name, parcel)]
    assert (field, said) == ("delivery.method", f"{reason}: choose {name_choices(others)}")
    assert told.startswith(f"{for_buyer} Please choose ")
    (offer,) = find_offers([BY_ID[wanted]], SHIPPING, parcel, SPAIN)
    assert why_not(offer, parcel) == for_buyer


def fits(name: str, parcel: Parcel) -> bool:
    return find_offers([BY_ID[name]], SHIPPING, parcel, SPAIN)[0].unfit is None


def test_without_another_way_a_method_that_does_not_fit_says_why_alone() -> None:
    # The place is not known, and in dollars nothing else is offered.
    assert refusal(Parcel(Money(2000, "USD"), 500), only="express", wanted="express", is_place_known=False) == (
        "delivery.method",
        "express has no price in USD",
        "Express cannot be paid in USD.",
    )


@pytest.mark.parametrize("wanted", ["", "post"])
def test_a_cart_heavier_than_every_way_takes_says_so(wanted: str) -> None:
    assert refusal(Parcel(euros(2000), 6000), only="post express", wanted=wanted) == (
        "items",
        (
            "heavier than every way of delivery takes: post takes at most 2000 g, and the goods weigh 6000 g; "
            "express takes at most 5000 g, and the goods weigh 6000 g"
        ),
        "Your order weighs 6 kg, and this shop delivers 5 kg at most. Please take something out, or order it separately.",
    )


def test_a_place_where_nothing_goes_says_so() -> None:
    expected = "delivery.country", "no way of delivery goes to FR", "This shop does not deliver to this address."
    assert refusal(place=Destination("FR"), only="boat") == expected
    assert refusal(place=TENERIFE, only="post")[1] == "no way of delivery goes to ES-TF"
    assert refusal(place=LISBON, only="boat")[1] == "no way of delivery goes to PT-1000"
    assert refusal(place=Destination(), only="boat")[1] == "no way of delivery is known without a country"


def test_a_currency_that_no_way_has_says_so() -> None:
    assert refusal(Parcel(Money(2000, "USD"), 500), only="express") == (
        "currency",
        "no way of delivery to this place has a price in USD",
        "The delivery cannot be paid in USD. Please choose another currency.",
    )


def test_a_cart_that_each_way_refuses_for_its_own_reason_says_all() -> None:
    assert refusal(Parcel(euros(999), 3000), only="post express") == (
        "items",
        (
            "no way of delivery takes this cart: post takes at most 2000 g, and the goods weigh 3000 g; "
            "express is offered from €10.00 of goods, and these are €9.99"
        ),
        (
            "No way of delivery takes this order: Post takes 2 kg at most, and your order weighs 3 kg. "
            "Express is offered from €10.00, and your order comes to €9.99."
        ),
    )


@pytest.mark.parametrize("given", [None, "", " "])
def test_a_method_may_be_left_out(given: object) -> None:
    assert read_method(given, METHODS) is None


def test_a_method_is_read_with_blanks_around_it() -> None:
    assert read_method(" post ", METHODS) == BY_ID["post"]


@pytest.mark.parametrize("given", ["mail", "elsewhere", 7, ["post"]])
def test_a_method_that_the_site_does_not_have_is_refused(given: object) -> None:
    with pytest.raises(InvalidField) as caught:
        read_method(given, METHODS)
    assert (caught.value.field, caught.value.reason) == ("delivery.method", "must be one of: post, express, boat, pickup")
    assert caught.value.for_buyer == (
        "This way of delivery is not offered. Please choose Post, Express, Boat or Pick up in Madrid."
    )


def test_a_site_that_delivers_nothing_has_no_method() -> None:
    with pytest.raises(InvalidField, match="this site delivers nothing: leave it out"):
        read_method("post", [])


def test_every_reason_has_a_sentence() -> None:
    said = set()
    for parcel in (GOODS, Parcel(Money(1, "USD"), 1), Parcel(euros(1), 200), Parcel(euros(90_000), 200), Parcel(euros(1), 1)):
        for place in (SPAIN, Destination("JP")):
            for offer in find_offers(METHODS, SHIPPING, parcel, place):
                if offer.unfit is not None:
                    said.add(offer.unfit)
                    assert why_not(offer, parcel).startswith(offer.method.name)
    heavy = Parcel(euros(2000), 30_000)
    said |= {offer.unfit for offer in find_offers(METHODS, Shipping(SHIPPING.zones, {}), heavy, SPAIN) if offer.unfit}
    assert said == set(Unfit)
