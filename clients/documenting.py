"""The table of programs and what became of their steps, in docs/sandbox.md between two marks."""

import textwrap
from collections import Counter
from collections.abc import Sequence

from clients.steps import Outcome, Step
from clients.trials import ROOT, Trial

PAGE = ROOT / "docs" / "sandbox.md"
MAX_LINE = 128  # characters, as in every document
COLUMNS = ("Program", "Version", *(outcome.capitalize() for outcome in Outcome))
_BEGIN, _END = "<!-- clients: make clients ARGS=--write-docs -->", "<!-- end of clients -->"
_MAX_NAMED = 10  # of a program's steps

type Results = Sequence[tuple[Trial, Sequence[Step]]]


def rows(results: Results) -> list[tuple[str, ...]]:
    """Return a row for each program: its name, its version, and the number of its steps by outcome."""
    found = []
    for trial, steps in results:
        counted = Counter(step.outcome for step in steps)
        found.append((trial.name, trial.version, *(str(counted[outcome]) for outcome in Outcome)))
    return found


def results_text(results: Results) -> str:
    """Return the text between the marks: the table, and the steps that did not pass, if they are few."""
    dashes = ("---", "---", *("---:" for _ in Outcome))
    lines = [f"| {' | '.join(line)} |" for line in (COLUMNS, dashes, *rows(results))]
    notes = []
    for outcome in (Outcome.FAILED, Outcome.NOT_IMITATED):
        for trial, steps in results:
            named = [step.name for step in steps if step.outcome is outcome]
            if 0 < len(named) <= _MAX_NAMED:
                text = f"{outcome.capitalize()} of {trial.name}: {'; '.join(named)}."
                notes.append(textwrap.fill(text, MAX_LINE, break_long_words=False, break_on_hyphens=False))
    return "\n\n".join(["\n".join(lines), *notes])


def write_docs(results: Results) -> None:
    """Put the results into the documentation."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(_BEGIN)
    after = rest.partition(_END)[2]
    PAGE.write_text(f"{before}{_BEGIN}\n\n{results_text(results)}\n\n{_END}{after}", encoding="utf-8")
