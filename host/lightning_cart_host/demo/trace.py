"""Prints the demo's steps and results, as text for people or as JSON lines."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Protocol

import typer
from rich.table import Table
from rich.text import Text

from lightning_cart_host.console import coloured, console
from lightning_cart_host.demo.ledger import LedgerChange
from lightning_cart_host.demo.steps import DemoResult, Step
from lightning_cart_host.output import json_line
from lightning_cart_host.shop_client.payment_options import PaymentOption


class Trace(Protocol):
    """Prints purchases while they run."""

    def begin(self, addresses: Mapping[str, str]) -> None:
        """Show the servers by name and URL."""
        ...

    def purchase(self, number: int, count: int, option: PaymentOption) -> None:
        """Show that a purchase begins: its number, the count of purchases and the payment option."""
        ...

    def step(self, step: Step) -> None:
        """Show a step."""
        ...

    def buyer(self, fields: Mapping[str, str]) -> None:
        """Show who bought, by name; what is not known is empty."""
        ...

    def invite(self, url: str, hint: str) -> None:
        """Ask a person to pay at a URL."""
        ...

    def end(self, result: DemoResult, *, stays: bool) -> None:
        """Show the result, and whether the servers stay up."""
        ...


class JsonTrace:
    """Prints one JSON object per line."""

    def __init__(self) -> None:
        self._count = 0

    def _print(self, value: object) -> None:
        typer.echo(json_line(value))

    def begin(self, addresses: Mapping[str, str]) -> None:
        """Print `{"addresses": …}`."""
        self._print({"addresses": dict(addresses)})

    def purchase(self, number: int, count: int, option: PaymentOption) -> None:  # noqa: ARG002 - each step names its strategy
        """Print nothing and number the next step 1."""
        self._count = 0

    def step(self, step: Step) -> None:
        """Print `{"step": 1, "strategy": …, …}`."""
        self._count += 1
        self._print({"step": self._count, **asdict(step)})

    def buyer(self, fields: Mapping[str, str]) -> None:
        """Print `{"buyer": …}`."""
        self._print({"buyer": dict(fields)})

    def invite(self, url: str, hint: str) -> None:
        """Print `{"pay_at": …}`."""
        self._print({"pay_at": url, "hint": hint})

    def end(self, result: DemoResult, *, stays: bool) -> None:
        """Print `{"result": …}`."""
        self._print({"result": {**asdict(result), "stays": stays}})


class ReadableTrace:
    """Prints the steps, the ledger as a table and the URLs to open."""

    def __init__(self) -> None:
        self._out = console()
        self._count = 0

    def begin(self, addresses: Mapping[str, str]) -> None:
        """Print the servers."""
        self._out.print(
            Text("Lightning-Cart demo: a purchase with each way to pay, from the shop page to the ledger\n", "bold")
        )
        self._print_addresses(addresses)

    def _print_addresses(self, addresses: Mapping[str, str]) -> None:
        for name, address in addresses.items():
            self._out.print(Text(f"  {name:<10}"), Text(address, "cyan"), soft_wrap=True)

    def purchase(self, number: int, count: int, option: PaymentOption) -> None:
        """Print a heading and number the next step 1."""
        self._count = 0
        self._out.print(Text(f"\nPurchase {number} of {count}: {option.strategy} (“{option.label}”)\n", "bold cyan"))

    def step(self, step: Step) -> None:
        """Print three lines: the title, the request and the response."""
        self._count += 1
        colour = "green" if step.status < 400 else "red"
        self._out.print(Text(f"{self._count:>2}. {step.title}", "bold"))
        self._out.print(Text(f"    → {step.method:<4} {step.url}"), soft_wrap=True)
        response = [Text("    ←"), Text(str(step.status), colour), Text(f"{step.ms:7.1f} ms ", "dim"), Text(step.note)]
        if step.order_status:
            response += [Text("  order:"), coloured(step.order_status)]
        self._out.print(*response, soft_wrap=True)

    def buyer(self, fields: Mapping[str, str]) -> None:
        """Print a line for each that is known, as `orders show` does."""
        self._out.print(Text("    Who bought, as `lightning-cart orders show` has it:", "bold"))
        for name, value in fields.items():
            for number, line in enumerate(value.splitlines()):
                self._out.print(Text(f"      {'' if number else name:<14}{line}"), soft_wrap=True)

    def invite(self, url: str, hint: str) -> None:
        """Print the URL on its own line."""
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

    def _print_result(self, ok: bool, sentence: str) -> None:
        mark = Text("Done.", "bold green") if ok else Text("It failed.", "bold red")
        self._out.print(mark, Text(sentence), soft_wrap=True)

    def end(self, result: DemoResult, *, stays: bool) -> None:
        """Print the ledger, a sentence for each purchase and the URLs to open."""
        has_many = len(result.purchases) > 1
        if result.ledger:
            self._print_ledger(result.ledger, "These purchases" if has_many else "This purchase")
        self._out.print()
        if has_many:
            for purchase in result.purchases:
                self._print_result(purchase.ok, f"{purchase.strategy}: {purchase.sentence}")
            self._out.print()
        self._print_result(result.ok, result.sentence)
        if stays and result.addresses:
            self._out.print(Text("\nBuy something yourself; all of this stays up until you press Ctrl-C:\n", "bold"))
            self._print_addresses(result.addresses)
