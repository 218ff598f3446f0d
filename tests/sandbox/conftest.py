"""A fresh sandbox for each test."""

from collections.abc import Iterator

import pytest

from support.sandbox_clients import StripeClient


@pytest.fixture
def stripe() -> Iterator[StripeClient]:
    """Return a client of a fresh sandbox."""
    client = StripeClient()
    yield client
    client.sandbox.store.close()
