"""The table of `make clients` counts what became of each step, and an unknown route is a fault of the sandbox."""

import json

import pytest

from clients.documenting import results_text
from clients.steps import Outcome, Step, read_steps
from clients.trials import Trial

NOT_IMITATED = "InvalidRequestError: POST /v1/quotes is not imitated by this sandbox. Stripe has it."
UNKNOWN = "InvalidRequestError: Unrecognized request URL (GET: /v1/quotes)."


def test_steps_are_the_lines_of_json() -> None:
    printed = f"a warning\n{json.dumps({'step': 'pays'})}\n{json.dumps({'step': 'refunds', 'error': 'no'})}\n"
    assert read_steps(printed) == [Step("pays"), Step("refunds", "no")]


@pytest.mark.parametrize(
    ("error", "outcome"),
    [("", Outcome.PASSED), (NOT_IMITATED, Outcome.NOT_IMITATED), (UNKNOWN, Outcome.FAILED), ("a wrong sum", Outcome.FAILED)],
)
def test_an_error_says_what_became_of_a_step(error: str, outcome: Outcome) -> None:
    assert Step("pays", error).outcome is outcome


def test_an_unknown_route_and_a_failed_step_are_faults() -> None:
    faults = [Step("pays", error).fault for error in ("", NOT_IMITATED, UNKNOWN, "a wrong sum")]
    assert faults == ["", "", f"no such route: {UNKNOWN}", "a wrong sum"]


def test_an_example_that_stripe_refuses_is_no_fault() -> None:
    refused = Step("payment_methods_post", "Missing required param: card[token].")
    assert (refused.outcome, refused.fault) == (Outcome.FAILED, "")


def test_the_table_counts_the_steps_of_each_program_and_names_those_that_did_not_pass() -> None:
    trial = Trial("a shop", "1.0", ("shop",))
    text = results_text([(trial, [Step("pays"), Step("quotes", NOT_IMITATED)])])
    assert "| a shop | 1.0 | 1 | 0 | 1 |" in text.splitlines()
    assert text.endswith("Not imitated of a shop: quotes.")
