# ruff: noqa: PLC0415 - each command imports what it needs by itself, so that `--help` is fast
"""The commands that change one code: `codes add` and `codes end`."""

import asyncio
from typing import Annotated

import typer

from lightning_cart_host.cli.exit_codes import TO_CORRECT
from lightning_cart_host.cli.options import AsJson, Config, Database, choose_database, print_json, read_settings_here
from lightning_cart_host.output import plural

CodeName = Annotated[str, typer.Argument(help="The code, in any case.", metavar="CODE", show_default=False)]
Reason = Annotated[str, typer.Option(help="A reason, for the log of what operators changed.", show_default="none")]
Replace = Annotated[
    bool, typer.Option("--replace", help="Write a code that exists anew, with what is said now alone. Its uses stay.")
]
_EXISTS = "exists already"


def codes_add(
    code: Annotated[
        str,
        typer.Argument(
            help="The code: 1 to 40 letters, digits, - and _. Buyers may write it in any case.",
            metavar="CODE",
            show_default=False,
        ),
    ],
    *,
    percent: Annotated[
        str, typer.Option(help="Take a percentage off, such as 10 or 12.5.", metavar="PERCENT", show_default="none")
    ] = "",
    amount: Annotated[
        list[str] | None,
        typer.Option(
            help="Take an amount off, such as 5.00EUR; repeatable, once for each currency.",
            metavar="AMOUNT",
            show_default="none",
        ),
    ] = None,
    free_delivery: Annotated[bool, typer.Option("--free-delivery", help="Make the delivery free, too, or alone.")] = False,
    product: Annotated[
        list[str] | None,
        typer.Option(help="A product that it is for, by its id; repeatable.", metavar="ID", show_default="all products"),
    ] = None,
    category: Annotated[
        list[str] | None,
        typer.Option(help="A category that it is for; repeatable.", metavar="NAME", show_default="all categories"),
    ] = None,
    least: Annotated[
        list[str] | None,
        typer.Option(
            help="From which sum of these goods it holds, such as 20.00EUR; repeatable, once for each currency.",
            metavar="AMOUNT",
            show_default="any sum",
        ),
    ] = None,
    begins: Annotated[
        str, typer.Option("--from", help="The first day, or a time, in UTC.", metavar="DATE", show_default="now")
    ] = "",
    until: Annotated[
        str, typer.Option(help="The last day, or the time of the end, in UTC.", metavar="DATE", show_default="no end")
    ] = "",
    most_uses: Annotated[
        int | None, typer.Option(help="How many orders can have it.", metavar="NUMBER", show_default="no limit")
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="Each buyer can use it once, by e-mail address.")] = False,
    free: Annotated[bool, typer.Option("--free", help="Allow an order that comes to nothing by it.")] = False,
    replace: Replace = False,
    reason: Reason = "",
    config: Config = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Add a discount code, and say in one sentence what it does.

    It needs a percentage, amounts or --free-delivery. It never reduces what recurs, and a cart has one code.
    """
    from lightning_cart.errors import ConfigurationError, InvalidField
    from lightning_cart.usecases.codes import code_view
    from lightning_cart_host.cli.codes.fields import CodeTexts, read_code_texts
    from lightning_cart_host.cli.codes.stored import add_code, make_change, read_catalog
    from lightning_cart_host.cli.codes.words import say_code
    from lightning_cart_host.output import printable

    chosen, change = choose_database(database, read_settings_here()), make_change(reason)
    texts = CodeTexts(
        code=code,
        percent=percent,
        amount=amount or (),
        free_delivery=free_delivery,
        product=product or (),
        category=category or (),
        least=least or (),
        begins=begins,
        until=until,
        most_uses=most_uses,
        once=once,
        free=free,
    )
    wanted, mistakes = read_code_texts(texts, read_catalog(config), change.now)
    for mistake in mistakes:
        option = "CODE" if mistake.option == "code" else f"--{mistake.option}"
        typer.echo(printable(f"{option}: {mistake.reason}"), err=True)
    if mistakes:
        raise typer.Exit(TO_CORRECT)
    try:
        saved, is_new = asyncio.run(add_code(chosen, wanted, change, replace=replace))
    except InvalidField as error:
        raise ConfigurationError(f"{wanted.code} {_EXISTS}: choose another code, or add --replace to write it anew") from error
    if as_json:
        print_json(code_view(saved, change.now))
        return
    typer.echo(say_code(saved.code))
    if not is_new:
        uses = saved.code.uses
        typer.echo(f"It was there before, with {uses or 'no'} {plural('use', uses)}. Open checkouts keep the old price.")
    if saved.code.terms.percent == "100" and not free:
        typer.echo("An order that comes to nothing by it is refused: --free allows that.")


def codes_end(
    code: CodeName,
    reason: Reason = "",
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """End a code now. Checkouts that are open keep it; it is listed with --all, and --replace can let it hold again."""
    from lightning_cart.usecases.codes import code_view
    from lightning_cart_host.cli.codes.stored import end, make_change
    from lightning_cart_host.cli.codes.words import say_time

    chosen, change = choose_database(database, read_settings_here()), make_change(reason)
    ended, has_ended = asyncio.run(end(chosen, code, change))
    if as_json:
        print_json(code_view(ended, change.now))
        return
    name, until = ended.code.code, ended.code.until_at or change.now
    typer.echo(f"{name} is over." if has_ended else f"{name} was over before: it held until {say_time(until, is_end=True)}.")
    if ended.held:
        typer.echo(f"{ended.held} open {plural('checkout', ended.held)} can still be paid with it.")
