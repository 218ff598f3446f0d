"""Any sequence of events ends with orders that equal the provider's ledger and are fulfilled once."""

from functools import partial
from typing import Any

from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from proofs.any_sequence import AnySequence

SIZE = settings(max_examples=40, stateful_step_count=30, deadline=None, derandomize=True, database=None, print_blob=False)


def test_any_sequence_ends_as_the_providers_ledger_says_with_each_order_fulfilled_once(strategy: Any) -> None:
    machine: Any = partial(AnySequence, strategy)
    run_state_machine_as_test(machine, settings=SIZE)
