"""Operators' codes: several are saved together or not at all, and each change is in their log."""

import pytest

from lightning_cart.domain.codes import Code, CodeTerms
from lightning_cart.domain.money import Money
from lightning_cart.ports import Statement
from lightning_cart.storage.code_store import CodeChange, CodeStore
from lightning_cart.storage.new_orders import Claims, CodeClaim
from lightning_cart.storage.operator_log import Operator
from lightning_cart.storage.orders import OrderStore
from support.app import run
from support.builders import NOW, make_order
from support.databases import MemoryDatabase

TEN = CodeTerms(percent="10")
SPRING = Code("SPRING", 0, TEN)


@pytest.fixture
def database() -> MemoryDatabase:
    return MemoryDatabase()


@pytest.fixture
def store(database: MemoryDatabase) -> CodeStore:
    return CodeStore(database)


def change(log_id: str = "log_1", now: int = NOW) -> CodeChange:
    return CodeChange(Operator("cli", "a sale"), log_id, now)


def save(store: CodeStore, *codes: Code, log_id: str = "log_1", action: str = "code add") -> bool:
    return run(store.save(codes, action, change(log_id)))


def log(database: MemoryDatabase) -> list[tuple[object, ...]]:
    rows = database.connection.execute("SELECT id, at, who, action, subject, reason FROM operator_log ORDER BY id")
    return [tuple(row) for row in rows]


def test_a_code_is_stored_with_all_that_it_says(store: CodeStore, database: MemoryDatabase) -> None:
    terms = CodeTerms(amounts={"EUR": Money(500, "EUR")}, products=("mug",), least={"EUR": Money(2000, "EUR")}, free=True)
    code = Code("FIVE", 0, terms, most_uses=3, once=True, from_at=NOW, until_at=NOW + 9)
    assert save(store, code)
    found = run(store.find("FIVE"))
    assert found is not None
    assert (found.code, found.held, found.used) == (code._replace(revision=1), 0, 0)
    assert log(database) == [("log_1", NOW, "cli", "code add", "code:FIVE", "a sale")]


def test_a_code_that_is_not_there_is_not_found(store: CodeStore) -> None:
    assert run(store.find("SPRING")) is None


def test_a_code_is_written_anew_and_keeps_its_uses(store: CodeStore, database: MemoryDatabase) -> None:
    save(store, SPRING)
    run(database.query(Statement("UPDATE codes SET uses = 7")))
    assert save(store, SPRING._replace(revision=1, terms=CodeTerms(percent="20")), log_id="log_2", action="code change")
    found = run(store.find("SPRING"))
    assert found is not None
    assert (found.code.revision, found.code.terms.percent, found.code.uses) == (2, "20", 7)
    assert [row[3] for row in log(database)] == ["code add", "code change"]


@pytest.mark.parametrize(
    "codes",
    [
        [SPRING],
        [SPRING._replace(revision=3)],
        [SPRING, Code("A", 0, TEN)],
        [Code("A", 0, TEN), SPRING],
        [Code("A", 0, TEN), SPRING, Code("B", 0, TEN)],
        [Code("A", 4, TEN)],
    ],
    ids=["there already", "changed meanwhile", "the first of two", "the last of two", "in the middle", "gone"],
)
def test_if_one_code_is_not_as_it_was_seen_none_is_saved(store: CodeStore, database: MemoryDatabase, codes: list[Code]) -> None:
    save(store, SPRING)
    before = "\n".join(database.connection.iterdump())
    assert not save(store, *codes, log_id="log_2")
    assert "\n".join(database.connection.iterdump()) == before


def test_several_codes_are_saved_together(store: CodeStore, database: MemoryDatabase) -> None:
    codes = [Code(f"C{number}", 0, TEN) for number in range(300)]
    assert save(store, *codes, action="code import")
    assert len(run(store.list(1000))) == 300
    rows = log(database)
    assert (len(rows), {row[3] for row in rows}) == (300, {"code import"})
    assert rows[299][0] == "log_1~00299"


def test_saving_the_same_twice_changes_nothing_more(store: CodeStore, database: MemoryDatabase) -> None:
    save(store, SPRING)
    before = "\n".join(database.connection.iterdump())
    assert save(store, SPRING)  # the same call, as after an answer that was lost
    assert "\n".join(database.connection.iterdump()) == before


def test_the_revisions_of_codes_that_exist_are_known(store: CodeStore) -> None:
    save(store, SPRING)
    assert run(store.revisions(["SPRING", "SUMMER"])) == {"SPRING": 1}


def test_codes_are_listed_by_name_and_in_pages(store: CodeStore) -> None:
    save(store, *(Code(name, 0, TEN) for name in ("C", "A", "B")))
    assert [one.code.code for one in run(store.list(2))] == ["A", "B"]
    assert [one.code.code for one in run(store.list(2, "B"))] == ["C"]


def test_codes_that_are_over_or_used_up_can_be_left_out(store: CodeStore, database: MemoryDatabase) -> None:
    codes = [
        Code("ENDED", 0, TEN, until_at=NOW),
        Code("LATER", 0, TEN, from_at=NOW + 5, until_at=NOW + 9),
        Code("LIMITED", 0, TEN, most_uses=2),
        Code("SPENT", 0, TEN, most_uses=1),
        SPRING,
    ]
    save(store, *codes)
    run(database.query(Statement("UPDATE codes SET uses = 1")))
    assert [one.code.code for one in run(store.list(9, open_at=NOW))] == ["LATER", "LIMITED", "SPRING"]
    assert len(run(store.list(9))) == 5


def test_uses_of_open_checkouts_are_told_from_paid_ones(store: CodeStore, database: MemoryDatabase) -> None:
    save(store, SPRING)
    for number, state in enumerate(["held", "held", "used"]):
        order = make_order(id=f"ord_{number:026d}")
        run(OrderStore(database).create_order(order, "", "digest", Claims(CodeClaim("SPRING", 1))))
        database.connection.execute("UPDATE code_uses SET state = ? WHERE order_id = ?", (state, order.id))
    found = run(store.find("SPRING"))
    assert found is not None
    assert (found.code.uses, found.held, found.used) == (3, 2, 1)


def test_a_code_is_ended_once(store: CodeStore, database: MemoryDatabase) -> None:
    save(store, SPRING._replace(until_at=NOW + 60))
    ended, has_ended = run(store.end("SPRING", change("log_2", NOW + 1)))
    again, has_ended_again = run(store.end("SPRING", change("log_3", NOW + 2)))
    assert ended is not None
    assert (ended.code.until_at, ended.code.revision, has_ended) == (NOW + 1, 2, True)
    assert (again, has_ended_again) == (ended, False)
    assert log(database)[1:] == [("log_2", NOW + 1, "cli", "code end", "code:SPRING", "a sale")]


def test_a_code_without_an_end_is_ended(store: CodeStore) -> None:
    save(store, SPRING)
    ended, _ = run(store.end("SPRING", change("log_2")))
    assert ended is not None
    assert ended.code.until_at == NOW


def test_a_code_that_is_not_there_cannot_be_ended(store: CodeStore, database: MemoryDatabase) -> None:
    assert run(store.end("SPRING", change())) == (None, False)
    assert log(database) == []
