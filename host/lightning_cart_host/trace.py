"""What the demo shows of a purchase: each exchange as a step, for a person to read or as JSON lines."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Protocol

import typer
from rich.table import Table
from rich.text import Text

from lightning_cart_host.ledger import LedgerChange
from lightning_cart_host.tables import coloured, console


@dataclass(frozen=True, slots=True)
class Step:
    """One exchange of the purchase.

    Args:
        title: what happens, in words.
        method: of the request.
        url: of the request, without what must not be shown.
        status: of the answer.
        ms: milliseconds until it was there.
        note: the key facts of the answer.
        order_status: how the order stands after it, or empty where there is none yet.
    """

    title: str
    method: str
    url: str
    status: int
    ms: float
    note: str
    order_status: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the purchase ended.

    Args:
        ok: whether all went as it should.
        sentence: what happened, or what failed.
        order_id: of the order, or empty.
        order_status: of the order, or empty.
        addresses: what to open in a browser, by name.
        ledger: how the money moved, where that can be seen.
    """

    ok: bool
    sentence: str
    order_id: str = ""
    order_status: str = ""
    addresses: Mapping[str, str] | None = None
    ledger: LedgerChange | None = None


class Trace(Protocol):
    """Shows a purchase while it happens."""

    def begin(self, addresses: Mapping[str, str]) -> None:
        """Show who takes part, by name and address."""
        ...

    def step(self, step: Step) -> None:
        """Show an exchange."""
        ...

    def invite(self, url: str, hint: str) -> None:
        """Ask a person to pay at an address."""
        ...

    def end(self, outcome: Outcome, *, stays: bool) -> None:
        """Show how it ended, and whether the servers stay up."""
        ...


class JsonTrace:
    """One JSON object a line."""

    def __init__(self) -> None:
        self._count = 0

    def _print(self, value: object) -> None:
        typer.echo(json.dumps(value, ensure_ascii=False))

    def begin(self, addresses: Mapping[str, str]) -> None:
        """`{"addresses": …}`."""
        self._print({"addresses": dict(addresses)})

    def step(self, step: Step) -> None:
        """`{"step": 1, …}`."""
        self._count += 1
        self._print({"step": self._count, **asdict(step)})

    def invite(self, url: str, hint: str) -> None:
        """`{"pay_at": …}`."""
        self._print({"pay_at": url, "hint": hint})

    def end(self, outcome: Outcome, *, stays: bool) -> None:
        """`{"result": …}`."""
        self._print({"result": {**asdict(outcome), "stays": stays}})


class ReadableTrace:
    """Steps, the ledger as a table, and what to click."""

    def __init__(self) -> None:
        self._out = console()
        self._count = 0

    def begin(self, addresses: Mapping[str, str]) -> None:
        """Who takes part."""
        self._out.print(Text("Lightning-Cart demo: one purchase, from the shop page to the ledger\n", "bold"))
        self._print_addresses(addresses)
        self._out.print()

    def _print_addresses(self, addresses: Mapping[str, str]) -> None:
        for name, address in addresses.items():
            self._out.print(Text(f"  {name:<10}"), Text(address, "cyan"), soft_wrap=True)

    def step(self, step: Step) -> None:
        """Three lines: what happens, what was sent, what came back."""
        self._count += 1
        colour = "green" if step.status < 400 else "red"
        self._out.print(Text(f"{self._count:>2}. {step.title}", "bold"))
        self._out.print(Text(f"    → {step.method:<4} {step.url}"), soft_wrap=True)
        answer = [Text("    ←"), Text(str(step.status), colour), Text(f"{step.ms:7.1f} ms ", "dim"), Text(step.note)]
        if step.order_status:
            answer += [Text("  order:"), coloured(step.order_status)]
        self._out.print(*answer, soft_wrap=True)

    def invite(self, url: str, hint: str) -> None:
        """The address, on a line of its own."""
        self._out.print(Text(f"\n    Now you pay. {hint}\n", "bold"))
        self._out.print(Text(f"    {url}\n", "cyan"), soft_wrap=True)

    def _print_ledger(self, ledger: LedgerChange) -> None:
        table = Table(title="The ledger", title_justify="left", title_style="bold", min_width=60)
        table.add_column("Account")
        table.add_column("This purchase", justify="right")
        table.add_column("Balance", justify="right")
        for row in ledger.rows:
            table.add_row(row.account, row.change, row.balance)
        self._out.print()
        self._out.print(table)

    def end(self, outcome: Outcome, *, stays: bool) -> None:
        """The ledger, a sentence, and what to click."""
        if outcome.ledger:
            self._print_ledger(outcome.ledger)
        mark = Text("Done.", "bold green") if outcome.ok else Text("It failed.", "bold red")
        self._out.print()
        self._out.print(mark, Text(outcome.sentence), soft_wrap=True)
        if stays and outcome.addresses:
            self._out.print(Text("\nBuy something yourself; all of this stays up until you press Ctrl-C:\n", "bold"))
            self._print_addresses(outcome.addresses)
