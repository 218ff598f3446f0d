"""Operators add, change and end codes, also while another operator does."""

from collections.abc import Sequence
from typing import Any

import pytest

from lightning_cart.domain.codes import Code, CodeTerms
from lightning_cart.domain.money import Money
from lightning_cart.errors import InvalidField, NotFound, TemporarilyUnavailable
from lightning_cart.ports import Row, Statement
from lightning_cart.storage.code_store import CodeChange, CodeStore, StoredCode
from lightning_cart.storage.operator_log import Operator
from lightning_cart.usecases.codes import CodeState, code_view, end_code, save_code, save_codes, state_of
from support.app import run
from support.builders import NOW
from support.databases import MemoryDatabase

SPRING = Code("SPRING", 0, CodeTerms(percent="10"))
SUMMER = Code("SUMMER", 0, CodeTerms(percent="20"))


class Busy(MemoryDatabase):
    """A database in which another operator changes the code before some of our batches."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times = times

    async def batch(self, statements: Sequence[Statement]) -> Sequence[Sequence[Row]]:
        if "operator_log" in statements[0].sql and self.times:
            self.times -= 1
            self.connection.execute(
                "INSERT INTO codes (code, revision) VALUES ('SPRING', 5) ON CONFLICT DO UPDATE SET revision = revision + 1"
            )
        return await super().batch(statements)


def change(number: int = 1) -> CodeChange:
    return CodeChange(Operator("cli"), f"log_{number}", NOW)


def actions(database: MemoryDatabase) -> list[str]:
    return [row["action"] for row in database.connection.execute("SELECT action FROM operator_log ORDER BY id")]


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({}, CodeState.ACTIVE),
        ({"from_at": NOW, "until_at": NOW + 1, "most_uses": 2, "uses": 1}, CodeState.ACTIVE),
        ({"from_at": NOW + 1}, CodeState.NOT_YET),
        ({"until_at": NOW}, CodeState.OVER),
        ({"until_at": NOW, "most_uses": 1, "uses": 1}, CodeState.OVER),
        ({"most_uses": 1, "uses": 2}, CodeState.USED_UP),
    ],
    ids=str,
)
def test_a_code_has_a_state(changes: dict[str, Any], state: CodeState) -> None:
    assert state_of(SPRING._replace(**changes), NOW) is state


def test_a_code_is_added_and_changed() -> None:
    database = MemoryDatabase()
    store = CodeStore(database)
    added, is_new = run(save_code(store, SPRING, change(), replace=False))
    assert (added, is_new) == (StoredCode(SPRING._replace(revision=1)), True)
    changed, is_new = run(save_code(store, SPRING._replace(once=True), change(2), replace=True))
    assert (changed.code.revision, changed.code.once, is_new) == (2, True, False)
    assert actions(database) == ["code add", "code change"]


def test_a_code_that_was_to_be_replaced_and_is_not_there_is_added() -> None:
    database = MemoryDatabase()
    assert run(save_code(CodeStore(database), SPRING, change(), replace=True))[1]
    assert actions(database) == ["code add"]


def test_a_code_that_exists_is_not_added() -> None:
    store = CodeStore(MemoryDatabase())
    run(save_code(store, SPRING, change(), replace=False))
    with pytest.raises(InvalidField, match="code: SPRING exists already: choose another code, or add replace"):
        run(save_code(store, SPRING, change(2), replace=False))


def test_if_one_of_several_exists_none_is_saved_and_all_of_them_are_named() -> None:
    store = CodeStore(MemoryDatabase())
    run(save_code(store, SPRING, change(), replace=False))
    assert run(save_codes(store, [SUMMER, SPRING], change(2), replace=False, action="code import")) == ("SPRING",)
    assert run(store.find("SUMMER")) is None


def test_several_codes_are_imported() -> None:
    database = MemoryDatabase()
    store = CodeStore(database)
    run(save_code(store, SPRING, change(), replace=False))
    assert run(save_codes(store, [SUMMER, SPRING], change(2), replace=True, action="code import")) == ("SPRING",)
    assert actions(database) == ["code add", "code import", "code import"]


def test_a_code_that_another_operator_adds_meanwhile_is_not_overwritten() -> None:
    store = CodeStore(Busy(1))
    with pytest.raises(InvalidField, match="SPRING exists already"):
        run(save_code(store, SPRING, change(), replace=False))


def test_a_code_that_another_operator_changes_meanwhile_is_replaced_by_the_later_one() -> None:
    saved, is_new = run(save_code(CodeStore(Busy(2)), SPRING, change(), replace=True))
    assert (saved.code.revision, saved.code.terms.percent, is_new) == (7, "10", False)


def test_a_code_that_is_changed_again_and_again_is_left_as_it_is() -> None:
    database = Busy(3)
    with pytest.raises(TemporarilyUnavailable, match="being changed at this moment: try again"):
        run(save_code(CodeStore(database), SPRING, change(), replace=True))
    assert actions(database) == []


def test_a_code_is_ended_in_any_spelling() -> None:
    store = CodeStore(MemoryDatabase())
    run(save_code(store, SPRING, change(), replace=False))
    ended, has_ended = run(end_code(store, " spring", change(2)))
    assert (ended.code.until_at, has_ended) == (NOW, True)
    assert run(end_code(store, "SPRING", change(3))) == (ended, False)


@pytest.mark.parametrize(("text", "sentence"), [("spring", "there is no code SPRING"), ("\x1b[2J", "this is no code")])
def test_what_is_no_code_cannot_be_ended(text: str, sentence: str) -> None:
    with pytest.raises(NotFound, match=sentence):
        run(end_code(CodeStore(MemoryDatabase()), text, change()))


def test_a_code_is_shown_with_the_fields_by_which_it_is_added() -> None:
    terms = CodeTerms(
        amounts={"EUR": Money(500, "EUR")},
        products=("mug",),
        categories=("clothes",),
        least={"EUR": Money(2000, "EUR")},
        free_delivery=True,
        free=True,
    )
    code = Code("FIVE", 3, terms, most_uses=20, uses=5, once=True, from_at=NOW, until_at=NOW + 60)
    assert code_view(StoredCode(code, 2), NOW) == {
        "code": "FIVE",
        "percent": None,
        "amounts": {"EUR": "5.00"},
        "free_delivery": True,
        "products": ["mug"],
        "categories": ["clothes"],
        "least": {"EUR": "20.00"},
        "from": NOW,
        "until": NOW + 60,
        "most_uses": 20,
        "once": True,
        "free": True,
        "state": "active",
        "uses": 5,
        "held": 2,
        "used": 3,
        "revision": 3,
    }
