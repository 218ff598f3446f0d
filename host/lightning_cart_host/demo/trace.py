"""Shows what the demo tells, for a person to read or as JSON lines."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Protocol

import typer
from rich.table import Table
from rich.text import Text

from lightning_cart_host.console import coloured, console
from lightning_cart_host.demo.ledger import LedgerChange
from lightning_cart_host.demo.offers import PaymentOption
from lightning_cart_host.demo.steps import DemoResult, Step


class Trace(Protocol):
    """Shows purchases while they happen."""

    def begin(self, addresses: Mapping[str, str]) -> None:
        """Show who takes part, by name and address."""
        ...

    def purchase(self, number: int, count: int, offer: PaymentOption) -> None:
        """Show that the purchase of this number begins, of so many, and how it is paid."""
        ...

    def step(self, step: Step) -> None:
        """Show an exchange."""
        ...

    def invite(self, url: str, hint: str) -> None:
        """Ask a person to pay at an address."""
        ...

    def end(self, outcome: DemoResult, *, stays: bool) -> None:
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

    def purchase(self, number: int, count: int, offer: PaymentOption) -> None:  # noqa: ARG002 - each step names its strategy
        """Nothing; the steps are counted anew."""
        self._count = 0

    def step(self, step: Step) -> None:
        """`{"step": 1, "strategy": …, …}`."""
        self._count += 1
        self._print({"step": self._count, **asdict(step)})

    def invite(self, url: str, hint: str) -> None:
        """`{"pay_at": …}`."""
        self._print({"pay_at": url, "hint": hint})

    def end(self, outcome: DemoResult, *, stays: bool) -> None:
        """`{"result": …}`."""
        self._print({"result": {**asdict(outcome), "stays": stays}})


class ReadableTrace:
    """Steps, the ledger as a table, and what to click."""

    def __init__(self) -> None:
        self._out = console()
        self._count = 0

    def begin(self, addresses: Mapping[str, str]) -> None:
        """Who takes part."""
        self._out.print(
            Text("Lightning-Cart demo: a purchase with each way to pay, from the shop page to the ledger\n", "bold")
        )
        self._print_addresses(addresses)

    def _print_addresses(self, addresses: Mapping[str, str]) -> None:
        for name, address in addresses.items():
            self._out.print(Text(f"  {name:<10}"), Text(address, "cyan"), soft_wrap=True)

    def purchase(self, number: int, count: int, offer: PaymentOption) -> None:
        """A heading; the steps are counted anew."""
        self._count = 0
        self._out.print(Text(f"\nPurchase {number} of {count}: {offer.strategy} (“{offer.label}”)\n", "bold cyan"))

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

    def _print_ledger(self, ledger: LedgerChange, headline: str) -> None:
        table = Table(title="The ledger", title_justify="left", title_style="bold", min_width=60)
        table.add_column("Account")
        table.add_column(headline, justify="right")
        table.add_column("Balance", justify="right")
        for row in ledger.rows:
            table.add_row(row.account, row.change, row.balance)
        self._out.print()
        self._out.print(table)

    def _print_verdict(self, ok: bool, sentence: str) -> None:
        mark = Text("Done.", "bold green") if ok else Text("It failed.", "bold red")
        self._out.print(mark, Text(sentence), soft_wrap=True)

    def end(self, outcome: DemoResult, *, stays: bool) -> None:
        """The ledger, a sentence for each purchase, and what to click."""
        several = len(outcome.purchases) > 1
        if outcome.ledger:
            self._print_ledger(outcome.ledger, "These purchases" if several else "This purchase")
        self._out.print()
        if several:
            for purchase in outcome.purchases:
                self._print_verdict(purchase.ok, f"{purchase.strategy}: {purchase.sentence}")
            self._out.print()
        self._print_verdict(outcome.ok, outcome.sentence)
        if stays and outcome.addresses:
            self._out.print(Text("\nBuy something yourself; all of this stays up until you press Ctrl-C:\n", "bold"))
            self._print_addresses(outcome.addresses)
