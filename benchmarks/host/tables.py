"""Formats the figures as tables, for the terminal and for the documentation."""

from benchmarks.host.contenders import ALONE, BOTH, OURS, SEVERAL
from benchmarks.host.figures import Figures, million_ratio, rounds, targets, typical
from benchmarks.host.million import FEW, MillionFigures
from benchmarks.host.racing import CHECKOUT, WEBHOOK, Races
from benchmarks.tables import Table, number, targets_table

_COLUMNS = ("", "at a time", "ms of CPU", "PostgreSQL's CPU", "a second", "p50 ms", "p99 ms")


def _race_table(title: str, kind: str, races: Races) -> Table:
    rows = []
    for connections in races[kind]:
        for contender in (*BOTH, ALONE, *SEVERAL):
            if samples := rounds(races, kind, connections, contender):
                one = typical(samples)
                server = number(one["database_cpu"]) if one["database_cpu"] else "–"
                shown = (number(one[key]) for key in ("per_second", "p50", "p99"))
                rows.append((contender.name, connections, number(one["cpu"]), server, *shown))
    return Table(title, _COLUMNS, rows)


def _clients_table(figures: Figures) -> Table:
    rows = [
        (
            one["client"],
            "yes" if one["tls"] else "no",
            str(one["concurrency"]),
            *(number(one[key]) for key in ("cpu_us", "p50_us", "p99_us")),
        )
        for one in sorted(figures["clients"], key=lambda one: (one["tls"], one["concurrency"], one["cpu_us"]))
    ]
    return Table("A call to a provider: HTTP clients", ("", "TLS", "at a time", "µs of CPU", "p50 µs", "p99 µs"), rows)


def _million_table(million: MillionFigures) -> Table:
    rows = []
    for database, works in million["waits"].items():
        for name, waits in works.items():
            few, many = (sorted(values)[len(values) // 2] for values in zip(*waits, strict=True))
            rows.append((name, database, number(few), number(many), f"{million_ratio(waits):.2f}×"))
    columns = ("", "", f"{FEW:,} orders", f"{million['orders']:,} orders", "ratio")
    return Table("Milliseconds in one process, one after another", columns, rows)


def _stored_table(million: MillionFigures) -> Table:
    rows = [(name, f"{size / 1024:.1f}", f"{size * 1e6 / 1e9:.1f}") for name, size in million["bytes_per_order"].items()]
    return Table("What a paid order takes, with all its rows and indexes", ("", "KiB", "GB for a million"), rows)


def _machine_table(figures: Figures) -> Table:
    before, beside = figures["slow_provider"]
    rows = [
        ("storing 4 KiB durably, ms", number(figures["fsync_ms"])),
        ("requests a second that the load generator can send", number(figures["generator_limit"])),
        ("p99 of a checkout alone, ms", number(before)),
        ("p99 of a checkout beside a provider that takes 4 s, ms", number(beside)),
    ]
    return Table("Of this machine", ("", ""), rows)


def capacity_table(figures: Figures) -> Table:
    """Return what one database carries, at the highest number of requests at a time."""
    rows = []
    ours = [contender for contender in (*BOTH, *SEVERAL) if contender.program == OURS]
    for contender in ours:
        races = figures["races"] if contender.workers == 1 else figures["workers"]
        most = max(races[CHECKOUT], key=int)
        found = [typical(rounds(races, kind, most, contender)) for kind in (CHECKOUT, WEBHOOK)]
        processes = "one process" if contender.workers == 1 else f"{contender.workers} processes"
        rows.append(
            (f"{contender.database}, {processes}", *(number(one[key]) for one in found for key in ("per_second", "p99")))
        )
    return Table(
        "Of one database, on this machine of two cores, which also runs the buyers",
        ("", "checkouts a second", "p99 ms", "webhooks a second", "p99 ms"),
        rows,
    )


def tables(figures: Figures) -> list[Table]:
    """Return all tables, in reading order."""
    found = [
        targets_table(targets(figures)),
        _race_table("Checkouts, one process", CHECKOUT, figures["races"]),
        _race_table("Webhooks, one process", WEBHOOK, figures["races"]),
        _race_table("Checkouts, two processes", CHECKOUT, figures["workers"]),
        _race_table("Webhooks, two processes", WEBHOOK, figures["workers"]),
        _clients_table(figures),
    ]
    if million := figures["million"]:
        found += [_million_table(million), _stored_table(million)]
    return [*found, _machine_table(figures)]
