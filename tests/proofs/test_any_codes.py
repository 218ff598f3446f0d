"""Codes in any sequence: each use is counted once, none is beyond its limit but by late money, and a refusal takes none."""

from typing import Any

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from lightning_cart_host.chaos.local_postgres import PostgresServer
from proofs.any_codes import AnyCodes
from support.postgres_tables import open_postgres_tables

SIZE = settings(max_examples=60, stateful_step_count=40, deadline=None, derandomize=True, database=None, print_blob=False)


def test_codes_in_any_sequence_on_sqlite() -> None:
    run_state_machine_as_test(AnyCodes, settings=SIZE)


@pytest.mark.process
def test_codes_in_any_sequence_on_postgresql(postgres_server: PostgresServer, postgres_template: str) -> None:
    with open_postgres_tables(postgres_server, postgres_template) as tables:

        def machine() -> AnyCodes:
            tables.forget()
            return AnyCodes(tables)

        made: Any = machine
        run_state_machine_as_test(made, settings=settings(SIZE, max_examples=5))
