"""The prose of `docs/cli.md`: what is not said by the commands themselves."""

HEAD = """\
# Command line

`lightning-cart` runs the engine, and reads and changes its orders. `lightning-cart COMMAND --help` says what is on this page,
too. In a checkout of the repository the program is `.venv/bin/lightning-cart`.

Every command reads its [settings](settings.md) from the environment and from `.env` in the folder where it is started. It works
on the same database as the engine, while that serves. Times are in UTC. Standard output has the result and standard error what
is said about it, so that a result can be passed on to another program. A terminal gets colours, unless `NO_COLOR` is set, and
lines that fit it. `LIGHTNING_CART_TRACEBACK=1` shows the traceback of an unexpected error.

## Every day

```sh
lightning-cart orders list --review           # what waits for you
lightning-cart orders list --today            # what was ordered today
lightning-cart orders find ada@example.com    # a buyer's orders; or a provider's id, or an amount
lightning-cart orders explain ord_01KSR4X7    # why an order is as it is, and what comes next
lightning-cart orders refund ord_01KSR4X7     # refund what is left of it
lightning-cart doctor                         # whether all is set up, and what to do if not
```

An order's id may be cut off as long as it names one order only, and `ord_` may be left out.
"""
FILTERS = "The filters of `orders list` and `orders export`. An order has to pass all of them."
SECTIONS = {
    "Orders": "They read the database and need no running engine. Those that move money, or end a checkout, ask the provider.",
    "Codes": "[Discount codes](codes.md) are in the database, and a running engine takes a change at once.",
    "Check and maintain": "For the first set-up, for every day, and for the day on which a disk breaks.",
    "Run": "They start servers: of the engine, of the provider sandbox, or of both.",
}
SERVERS = ("serve", "demo", "sandbox", "edge", "chaos")
SHARED = {
    "--config": "Folder of the catalogue: `products.toml`, `sites.toml` and, if there are, `shipping.toml` and `taxes.toml`",
    "--database": "SQLite file that keeps the orders, or the URL of PostgreSQL",
    "--json": "One JSON object per line, for scripts",
    "--help": "Show the command's help, as `-h` does",
}
EXAMPLES = {
    "orders list": """
        lightning-cart orders list --status paid --since 7d --site shop
        lightning-cart orders list --over 100 --product mug
        lightning-cart orders list --text "happy birthday" --since 2026-01-01
    """,
    "orders find": """
        lightning-cart orders find 01KSR4X7              # the beginning of an id
        lightning-cart orders find pi_3QTestOfAPayment   # a provider's id, from its dashboard
        lightning-cart orders find 12.50                 # an amount
    """,
    "orders export": """
        lightning-cart orders export --since 2026-10-01 --until 2026-10-31 october.csv
        lightning-cart orders export --status paid --lines --excel paid.csv
        lightning-cart orders export --json --today
    """,
    "orders stats": """
        lightning-cart orders stats --since 90d
        lightning-cart orders stats --since yesterday --site shop --json
    """,
    "orders refund": """
        lightning-cart orders refund ord_01KSR4X7 --amount 3.00 --reason "a chipped mug"
    """,
    "codes add": """
        lightning-cart codes add SPRING --percent 10 --category clothes --until 2026-12-31 --most-uses 100 --once
        lightning-cart codes add FIVE --amount 5.00EUR --amount 6.00USD --least 20.00EUR --least 24.00USD
        lightning-cart codes add POSTFREE --free-delivery
    """,
    "codes import": """
        lightning-cart codes import friends.csv --dry-run
    """,
    "backup": """
        lightning-cart backup orders-of-monday.db
    """,
    "restore": """
        lightning-cart restore orders-of-monday.db
    """,
    "database copy": """
        lightning-cart database copy lightning-cart.db postgresql://shop@db.example/shop
        lightning-cart database copy postgresql://shop@db.example/shop copy.db --running
    """,
    "catalog check": """
        lightning-cart catalog check --strict    # in a build, so that warnings stop it, too
    """,
    "serve": """
        lightning-cart serve --port 8080 --storefront none
    """,
}
