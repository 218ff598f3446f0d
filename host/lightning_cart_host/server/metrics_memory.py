"""Numbers that several processes count in and any of them adds up: memory that the parent shares with its workers.

Each worker writes into a slot of its own, so no lock is needed. A worker that replaces a dead one goes on in its slot, so no
number ever falls.
"""

import contextlib
import json
import mmap
import os
import tempfile
from collections.abc import Iterator

CELLS = 9  # numbers of one series
_KEY_BYTES = 184  # the length in one byte, and then the key
_ENTRY_BYTES = 256  # a multiple of 8
_ENTRIES = 512
SLOT_BYTES = _ENTRIES * _ENTRY_BYTES
_FIRST_CELL, _ENTRY_CELLS = _KEY_BYTES // 8, _ENTRY_BYTES // 8

type Key = tuple[str, ...]


@contextlib.contextmanager
def shared_file(workers: int) -> Iterator[int]:
    """Yield the descriptor of a file with a slot for each worker. It is in memory, if the system has such files."""
    with contextlib.ExitStack() as stack:
        if hasattr(os, "memfd_create"):
            file = os.memfd_create("lightning-cart-metrics")
            stack.callback(os.close, file)
        else:
            file = stack.enter_context(tempfile.TemporaryFile()).fileno()
        os.ftruncate(file, workers * SLOT_BYTES)
        yield file


class MetricsMemory:
    """The numbers of all workers of one server.

    Args:
        workers: How many there are.
        file: The descriptor of a file of `SLOT_BYTES` for each worker. Default: memory of this process and of those that it
            forks.
    """

    def __init__(self, workers: int = 1, file: int = -1) -> None:
        self._bytes = memoryview(mmap.mmap(file, workers * SLOT_BYTES))
        self._cells = self._bytes.cast("d")
        self.workers = workers

    def slot(self, worker: int) -> "Slot":
        """Return the slot of a worker, whose numbers begin with 1."""
        first = (worker - 1) * SLOT_BYTES
        return Slot(self._bytes[first : first + SLOT_BYTES], self._cells[first // 8 : (first + SLOT_BYTES) // 8])

    def sums(self) -> dict[Key, list[float]]:
        """Return the sums over all workers of the numbers of each series."""
        sums: dict[Key, list[float]] = {}
        for worker in range(1, self.workers + 1):
            for key, cells in self.slot(worker).series():
                known = sums.get(key)
                sums[key] = cells if known is None else [one + other for one, other in zip(known, cells, strict=True)]
        return sums


class Slot:
    """The numbers of one worker: series of `CELLS` numbers, each with a key.

    Args:
        data: Its memory.
        cells: The same memory as numbers.
    """

    def __init__(self, data: memoryview, cells: "memoryview[float]") -> None:
        self._data = data
        self._cells = cells
        self._found: dict[Key, int] = {key: place for place, key in self._keys()}

    def _keys(self) -> Iterator[tuple[int, Key]]:
        for entry in range(_ENTRIES):
            first = entry * _ENTRY_BYTES
            if not (length := self._data[first]):
                return
            yield entry * _ENTRY_CELLS + _FIRST_CELL, tuple(json.loads(bytes(self._data[first + 1 : first + 1 + length])))

    def series(self) -> Iterator[tuple[Key, list[float]]]:
        """Yield each series: its key and its numbers."""
        for place, key in self._keys():
            yield key, list(self._cells[place : place + CELLS])

    def _make(self, key: Key) -> int | None:
        text = json.dumps(key, separators=(",", ":")).encode()
        entry = len(self._found)
        if entry == _ENTRIES or len(text) >= _KEY_BYTES:
            return None
        first = entry * _ENTRY_BYTES
        self._data[first + 1 : first + 1 + len(text)] = text
        self._data[first] = len(text)  # last: whoever reads an entry before that takes it for an empty one
        self._found[key] = place = entry * _ENTRY_CELLS + _FIRST_CELL
        return place

    def observe(self, key: Key, bucket: int, seconds: float) -> None:
        """Count in one of a series' buckets, and add to its sum, the last number. Without room, nothing is counted."""
        place = self._found.get(key)
        if place is None:
            place = self._make(key)
        if place is not None:
            self._cells[place + bucket] += 1
            self._cells[place + CELLS - 1] += seconds

    def put(self, key: Key, value: float) -> None:
        """Set the first number of a series."""
        place = self._found.get(key)
        if place is None:
            place = self._make(key)
        if place is not None:
            self._cells[place] = value
