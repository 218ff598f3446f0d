"""Ids: ULIDs that sort by time."""

import re
import time

import pytest

from lightning_cart_host.adapters.ids import new_id


def test_an_id_has_26_characters_of_crockfords_base_32() -> None:
    assert re.fullmatch("[0-9A-HJKMNP-TV-Z]{26}", new_id())


def test_ids_differ() -> None:
    assert len({new_id() for _ in range(1000)}) == 1000


def test_ids_sort_by_time() -> None:
    first = new_id()
    time.sleep(0.002)
    assert first < new_id()


def test_an_id_tells_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    # The example of the ULID specification: 01ARYZ6S41 is 1469918176385 ms.
    monkeypatch.setattr(time, "time_ns", lambda: 1_469_918_176_385_000_000)
    assert new_id().startswith("01ARYZ6S41")
