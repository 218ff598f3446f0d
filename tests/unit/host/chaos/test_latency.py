"""The limit on the time of a webhook with a large orders table."""

import pytest

from lightning_cart_host.chaos.latency import LatencyComparison


@pytest.mark.parametrize(("many_ms", "expected"), [(1.3, True), (1.31, False)], ids=["within", "beyond"])
def test_a_large_table_may_slow_a_webhook_by_thirty_per_cent(many_ms: float, expected: bool) -> None:
    assert LatencyComparison(1000, 1_000_000, 1.0, many_ms).within_limit is expected
