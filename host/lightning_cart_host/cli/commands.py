"""The command line `lightning-cart`: every command and its place."""

from typing import Annotated

import typer

from lightning_cart import __version__
from lightning_cart_host.cli import run_commands
from lightning_cart_host.cli.backup_commands import backup, restore
from lightning_cart_host.cli.catalog_command import catalog_check
from lightning_cart_host.cli.catalog_list_command import catalog_list
from lightning_cart_host.cli.chaos_command import chaos
from lightning_cart_host.cli.check_commands import doctor, reconcile
from lightning_cart_host.cli.codes.change_commands import codes_add, codes_end
from lightning_cart_host.cli.codes.import_command import codes_import
from lightning_cart_host.cli.codes.list_command import codes_list
from lightning_cart_host.cli.completion_command import completion
from lightning_cart_host.cli.database.copy_command import database_copy
from lightning_cart_host.cli.exit_codes import exit_codes_help
from lightning_cart_host.cli.orders import change_commands, show_commands
from lightning_cart_host.cli.orders.export_command import orders_export
from lightning_cart_host.cli.orders.forget_command import orders_forget
from lightning_cart_host.cli.orders.list_command import orders_find, orders_list
from lightning_cart_host.cli.orders.stats_command import orders_stats
from lightning_cart_host.cli.orders.watch_command import orders_watch
from lightning_cart_host.cli.sandbox_command import sandbox

app = typer.Typer(
    help="Lightning-Cart: the checkout engine that static storefronts call.",
    epilog=exit_codes_help(),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",  # joins the lines of a docstring's paragraph
    context_settings={"help_option_names": ["-h", "--help"]},
)
catalog = typer.Typer(help="Check and list what you sell.", no_args_is_help=True)
codes = typer.Typer(help="Add, list and end discount codes.", no_args_is_help=True)
database = typer.Typer(help="Move what is stored to another database.", no_args_is_help=True)
orders = typer.Typer(help="List, show and change orders in the database.", no_args_is_help=True)


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"lightning-cart {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    _: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    pass


COMMANDS = (
    (app, "demo", run_commands.demo),
    (app, "serve", run_commands.serve),
    (app, "sandbox", sandbox),
    (app, "edge", run_commands.edge),
    (app, "doctor", doctor),
    (app, "reconcile", reconcile),
    (app, "backup", backup),
    (app, "restore", restore),
    (app, "completion", completion),
    (app, "chaos", chaos),
    (catalog, "check", catalog_check),
    (catalog, "list", catalog_list),
    (codes, "add", codes_add),
    (codes, "list", codes_list),
    (codes, "end", codes_end),
    (codes, "import", codes_import),
    (database, "copy", database_copy),
    (orders, "list", orders_list),
    (orders, "find", orders_find),
    (orders, "show", show_commands.orders_show),
    (orders, "export", orders_export),
    (orders, "watch", orders_watch),
    (orders, "stats", orders_stats),
    (orders, "replay", show_commands.orders_replay),
    (orders, "explain", show_commands.orders_explain),
    (orders, "refund", change_commands.orders_refund),
    (orders, "cancel", change_commands.orders_cancel),
    (orders, "accept", change_commands.orders_accept),
    (orders, "close", change_commands.orders_close),
    (orders, "forget", orders_forget),
)
for _group, _name, _command in COMMANDS:
    _group.command(_name)(_command)
app.add_typer(catalog, name="catalog")
app.add_typer(codes, name="codes")
app.add_typer(database, name="database")
app.add_typer(orders, name="orders")
