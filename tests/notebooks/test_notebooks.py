"""The notebooks as files: nothing in them is skipped, private or of one machine. That they run is what `--nbval` tests."""

import json
import re
from pathlib import Path

import pytest

from support import ROOT

FOLDER = ROOT / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
SECRETS = r"sk_(?:test|live)_\w|whsec_[A-Za-z0-9]{16}|eyJ[\w-]{10}|Bearer [A-Za-z0-9]|[\w.]+@[\w-]+\.\w+"


def read(path: Path) -> dict[str, list[dict[str, object]]]:
    document: dict[str, list[dict[str, object]]] = json.loads(path.read_text(encoding="utf-8"))
    return document


def outputs(path: Path) -> str:
    return json.dumps([cell.get("outputs") for cell in read(path)["cells"]], ensure_ascii=False)


pytestmark = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def test_no_cell_is_left_out_of_the_comparison(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"NBVAL|nbval", text)
    assert [cell["metadata"] for cell in read(path)["cells"] if cell["metadata"]] == []


def test_every_cell_was_run_in_its_order(path: Path) -> None:
    counts = [cell["execution_count"] for cell in read(path)["cells"] if cell["cell_type"] == "code"]
    assert counts == list(range(1, len(counts) + 1))


def test_no_cell_failed(path: Path) -> None:
    assert '"output_type": "error"' not in outputs(path)
    assert '"name": "stderr"' not in outputs(path)


def test_its_metadata_is_the_same_on_every_machine(path: Path) -> None:
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    assert json.loads(path.read_text(encoding="utf-8"))["metadata"] == {
        "kernelspec": kernel,
        "language_info": {"name": "python"},
    }


def test_it_shows_no_secret_receipt_or_address_of_a_person(path: Path) -> None:
    assert re.findall(SECRETS, outputs(path)) == []


def test_it_shows_nothing_of_the_machine_it_ran_on(path: Path) -> None:
    assert re.findall(r"/home/\w+|/root/|/tmp/|/Users/", outputs(path)) == []


def test_it_begins_with_a_reason(path: Path) -> None:
    first = read(path)["cells"][0]
    assert first["cell_type"] == "markdown"
    assert re.match(r"# .+\n\n.{80}", "".join(str(line) for line in first["source"]), re.DOTALL)  # type: ignore[attr-defined]


def test_the_page_about_notebooks_names_it(path: Path) -> None:
    assert f"`{path.stem}`" in (ROOT / "docs" / "notebooks.md").read_text(encoding="utf-8")
