"""A fresh sandbox for each test, whose answers and webhooks are held to the providers' official types."""

from collections.abc import Iterator

import pytest

from judged.watch import watch
from support.sandbox_clients import StripeClient


@pytest.fixture(autouse=True)
def judged() -> Iterator[None]:
    """Fail a test in which a provider's answer or webhook is not as its official types say."""
    yield from watch()


@pytest.fixture
def stripe() -> Iterator[StripeClient]:
    """Return a client of a fresh sandbox."""
    client = StripeClient()
    yield client
    client.sandbox.store.close()
