"""Any sequence of events ends with orders that equal the provider's ledger and are fulfilled once."""

from functools import partial
from typing import Any

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from lightning_cart.providers.paypal.checkout import PayPal
from lightning_cart_host.chaos.local_postgres import PostgresServer
from proofs.any_sequence import AnySequence
from support.postgres_tables import open_postgres_tables

SIZE = settings(max_examples=40, stateful_step_count=30, deadline=None, derandomize=True, database=None, print_blob=False)


def test_any_sequence_ends_as_the_providers_ledger_says_with_each_order_fulfilled_once(strategy: Any) -> None:
    machine: Any = partial(AnySequence, strategy)
    run_state_machine_as_test(machine, settings=SIZE)


@pytest.mark.process
def test_any_sequence_ends_so_on_postgresql_too(postgres_server: PostgresServer, postgres_template: str) -> None:
    with open_postgres_tables(postgres_server, postgres_template) as tables:
        machine: Any = partial(AnySequence, PayPal, tables)
        run_state_machine_as_test(machine, settings=settings(SIZE, max_examples=6))
