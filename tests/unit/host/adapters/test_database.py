"""The names of databases: which kind they are, and how they are shown."""

import pytest

from lightning_cart_host.adapters.database import is_postgres, shown_name


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("postgresql://host/shop", True),
        ("postgres://host/shop", True),
        ("lightning-cart.db", False),
        ("/srv/postgresql/shop.db", False),
        ("", False),
    ],
)
def test_a_url_of_postgresql_is_told_from_a_file(name: str, is_one: bool) -> None:
    assert is_postgres(name) is is_one


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("lightning-cart.db", "lightning-cart.db"),
        ("postgresql://shop:s3cr3t@db.example:6000/orders?sslmode=require", "postgresql://db.example:6000/orders"),
        ("postgres://shop@db.example/orders", "postgresql://db.example/orders"),
        ("postgresql:///orders?host=/run/postgresql&password=s3cr3t", "postgresql:///orders"),
        ("postgresql://shop:s3cr3t@db.example:port/orders", "postgresql://…"),
        ("postgresql://shop:s3cr3t@[db/orders", "postgresql://…"),
        ("postgresql://shop:3#cr3t@db.example/orders", "postgresql://…"),
        ("postgresql://shop:3/cr3t@db.example/orders", "postgresql://…"),
    ],
)
def test_a_name_is_shown_without_a_secret(name: str, shown: str) -> None:
    assert shown_name(name) == shown
