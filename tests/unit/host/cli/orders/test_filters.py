"""The options of a list of orders make one filter, and what cannot be one is refused by the name of its option."""

from typing import Any

import pytest

from lightning_cart.errors import ConfigurationError
from lightning_cart.storage.order_search import OrderFilter
from lightning_cart_host.cli.dates import DAY
from lightning_cart_host.cli.orders.filters import make_filter

NOW = 1_793_613_600  # 2026-11-02 10:00 UTC
MIDNIGHT = NOW - 10 * 3600


def test_without_an_option_every_order_is_wanted() -> None:
    assert make_filter(NOW) == OrderFilter()


def test_each_option_is_a_part_of_the_filter() -> None:
    options: dict[str, Any] = {
        "status": "paid",
        "review": True,
        "disputed": True,
        "email": "ada@example.com",
        "site": "shop",
        "product": "mug",
        "over": "5",
        "under": "9.50",
        "text": "gift",
    }
    wanted = make_filter(NOW, since="1h", until="now", **options)
    assert wanted == OrderFilter(since=NOW - 3600, until=NOW, **options)


@pytest.mark.parametrize(
    ("options", "since", "until"),
    [
        ({"today": True}, MIDNIGHT, None),
        ({"until": "today"}, None, MIDNIGHT + DAY),
        ({"text": "gift"}, NOW - 90 * DAY, None),
        ({"text": "gift", "since": "400d"}, NOW - 400 * DAY, None),
        ({"text": "gift", "until": "2026-06-01"}, 1_780_358_400 - 90 * DAY, 1_780_358_400),
        ({"text": "gift", "today": True}, MIDNIGHT, None),
        ({"text": "gift", "until": "today"}, NOW - 90 * DAY, MIDNIGHT + DAY),
    ],
    ids=["today", "until", "a text", "a text since", "a text until", "a text of today", "a text until today"],
)
def test_a_search_by_text_looks_90_days_back_unless_it_says_how_far(
    options: dict[str, Any], since: int | None, until: int | None
) -> None:
    wanted = make_filter(NOW, **options)
    assert (wanted.since, wanted.until) == (since, until)


def test_blanks_around_a_pasted_address_do_not_matter() -> None:
    assert make_filter(NOW, email=" ada@example.com ").email == "ada@example.com"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"status": "payed"}, "there is no status payed, only open, .*: did you mean paid?"),
        ({"since": "soon"}, "--since: 'soon' is not a day"),
        ({"over": "$5"}, r"--over: '\$5' is not an amount: write a plain number such as 12.50"),
        ({"under": "1,000"}, "--under: '1,000' is not an amount"),
        ({"today": True, "since": "7d"}, "--today is short for --since today"),
    ],
    ids=["status", "since", "over", "under", "today"],
)
def test_what_cannot_be_a_filter_is_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        make_filter(NOW, **options)
