"""The lock that keeps a database from being replaced below an engine: engines share it, and a restore has it alone."""

import errno
import os
from io import FileIO
from pathlib import Path

import pytest

from lightning_cart.errors import ConfigurationError
from lightning_cart_host.adapters import database_lock
from lightning_cart_host.adapters.database_lock import hold_alone, hold_database, lock_bytes


class Windows:
    """The part of Python's module `msvcrt` that locks bytes."""

    LK_NBLCK = 2

    def __init__(self) -> None:
        self.held: set[int] = set()

    def locking(self, descriptor: int, mode: int, count: int) -> None:
        assert mode == self.LK_NBLCK
        first = os.lseek(descriptor, 0, os.SEEK_CUR)
        wanted = set(range(first, first + count))
        if wanted & self.held:
            raise OSError("locked")
        self.held |= wanted


def test_a_database_is_held_by_any_number_of_engines_and_no_restore(tmp_path: Path) -> None:
    name = str(tmp_path / "a.db")
    release, also = hold_database(name), hold_database(name)
    with pytest.raises(ConfigurationError, match="an engine is running on"), hold_alone(name):
        pass
    release()
    also()
    also()
    with hold_alone(name):
        pass


def test_it_is_held_through_the_file_of_another_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse_to_write(path: Path, mode: str = "r") -> FileIO:
        if mode != "r":
            raise PermissionError
        return FileIO(path, mode)

    hold_database(str(tmp_path / "a.db"))()
    monkeypatch.setattr(database_lock, "FileIO", refuse_to_write)
    release = hold_database(str(tmp_path / "a.db"))
    with pytest.raises(ConfigurationError), hold_alone(str(tmp_path / "a.db")):
        pass
    release()


def test_there_is_no_lock_on_a_file_system_without_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> bool:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(database_lock, "_try_lock", fail)
    with hold_alone(str(tmp_path / "a.db")):
        hold_database(str(tmp_path / "a.db"))()


def test_a_restore_keeps_engines_from_starting(tmp_path: Path) -> None:
    name = str(tmp_path / "a.db")
    with hold_alone(name), pytest.raises(ConfigurationError, match="is being restored or copied"):
        hold_database(name)


@pytest.mark.parametrize("name", [":memory:", "no/folder/a.db"], ids=["in memory", "no folder"])
def test_there_is_no_lock_without_a_file(name: str) -> None:
    hold_database(name)()


def test_on_windows_it_is_a_byte_for_an_engine_and_all_bytes_for_a_restore(tmp_path: Path) -> None:
    windows = Windows()
    engines = [os.open(tmp_path / "a.lock", os.O_RDWR | os.O_CREAT) for _ in range(2)]
    assert [lock_bytes(windows, engine, alone=False) for engine in engines] == [True, True]
    assert lock_bytes(windows, engines[0], alone=True) is False
    windows.held.clear()
    assert (lock_bytes(windows, engines[0], alone=True), lock_bytes(windows, engines[1], alone=False)) == (True, False)
    for engine in engines:
        os.close(engine)
