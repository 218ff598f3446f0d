"""Prometheus' text format, version 0.0.4."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Sample(NamedTuple):
    """One value of a metric.

    Args:
        value: The value.
        labels: Its labels.
        suffix: What follows the metric's name, such as `_sum`.
    """

    value: float
    labels: Mapping[str, str] = {}
    suffix: str = ""


def _escape(text: str, quotes: str = "") -> str:
    escaped = text.replace("\\", r"\\").replace("\n", r"\n")
    return escaped.replace(quotes, f"\\{quotes}") if quotes else escaped


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(value)


def _line(name: str, sample: Sample) -> str:
    labels = ",".join(f'{label}="{_escape(value, '"')}"' for label, value in sample.labels.items())
    return f"{name}{sample.suffix}{f'{{{labels}}}' if labels else ''} {_number(sample.value)}\n"


def metric(name: str, kind: str, purpose: str, samples: Iterable[Sample]) -> str:
    """Return one metric with all its samples, or "" if it has none.

    Args:
        name: Its name.
        kind: `counter`, `gauge` or `histogram`.
        purpose: What it counts.
        samples: Its values.
    """
    lines = [_line(name, sample) for sample in samples]
    return f"# HELP {name} {_escape(purpose)}\n# TYPE {name} {kind}\n{''.join(lines)}" if lines else ""


def histogram_samples(labels: Mapping[str, str], bounds: Sequence[float], cells: Sequence[float]) -> Iterator[Sample]:
    """Yield the samples of one series of a histogram.

    Args:
        labels: The series' labels.
        bounds: The upper bounds of its buckets, without the last, which has none.
        cells: How many fell into each bucket, and the sum of all values.
    """
    total = 0.0
    for bound, count in zip((*map(str, bounds), "+Inf"), cells, strict=False):
        total += count
        yield Sample(total, {**labels, "le": bound}, "_bucket")
    yield Sample(cells[-1], labels, "_sum")
    yield Sample(total, labels, "_count")
