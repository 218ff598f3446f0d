"""The summary of request times."""

from lightning_cart_host.chaos.samples import sum_up


def test_the_median_and_the_99th_percentile_are_reported() -> None:
    summary = sum_up("webhooks", [float(number) for number in range(1, 101)], 10)
    assert (summary.count, summary.per_second, summary.p50, summary.p99) == (100, 10.0, 51.0, 100.0)


def test_without_requests_every_number_is_zero() -> None:
    assert sum_up("webhooks", [], 0) == sum_up("webhooks", [], 1)
