"""The engine's own commands, with SQLite whose every transaction has one call: what groups save is measured against it."""

from lightning_cart_host.adapters.sqlite import SqliteDatabase
from lightning_cart_host.cli.main import main

if __name__ == "__main__":
    SqliteDatabase.__init__.__defaults__ = (1,)
    main()
