"""Coroutines on JavaScript promises: values, rejections, and two at once."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from pyodide.ffi import JsException

from support.javascript import Edge, Function, internet
from worker.promises import await_js, run_coroutine, sleep


@Function
async def later(this: Any, *arguments: Any) -> Any:
    await asyncio.sleep(0)
    if arguments == ("bad",):
        raise JsException("TypeError", "no")
    return (this, *arguments)


def run_js(work: Any) -> Any:
    return asyncio.run(run_coroutine(work))


async def both() -> list[Any]:
    return [await await_js(later, "me", 1), await await_js(later, None, 2, 3)]


def test_a_coroutine_goes_from_promise_to_promise() -> None:
    assert run_js(both()) == [("me", 1), (None, 2, 3)]


def test_a_coroutine_that_waits_for_nothing_is_over_at_once() -> None:
    async def nothing() -> int:
        return 7

    async def first_step() -> object:
        with pytest.raises(StopIteration) as end:
            run_coroutine(nothing()).send(None)
        return end.value.value

    assert asyncio.run(first_step()) == 7


def test_a_rejected_promise_is_raised_where_it_is_awaited() -> None:
    async def caught() -> str:
        try:
            await await_js(later, None, "bad")
        except JsException as error:
            await await_js(later, None)  # and goes on
            return error.name
        return ""

    assert run_js(caught()) == "TypeError"


def test_what_nobody_catches_is_raised_to_whoever_awaits_the_end() -> None:
    with pytest.raises(JsException):
        run_js(await_js(later, None, "bad"))


def test_a_function_that_throws_instead_of_promising_is_caught_in_the_same_place() -> None:
    def throw(*_: Any) -> None:
        raise JsException("RangeError", "no")

    with pytest.raises(JsException) as caught:
        run_js(await_js(SimpleNamespace(bind=lambda *_: throw), None))
    assert caught.value.name == "RangeError"


def test_what_is_no_promise_ends_the_coroutine_instead_of_waiting_for_ever() -> None:
    async def scenario() -> None:
        await await_js(later, None)
        await await_js(SimpleNamespace(bind=lambda *_: lambda _: 7), None)

    with pytest.raises(AttributeError):
        run_js(scenario())


def test_coroutines_do_not_wait_for_each_other() -> None:
    order: list[str] = []

    async def steps(name: str) -> None:
        for _ in range(2):
            order.append(name)
            await await_js(later, None)

    async def two() -> None:
        await asyncio.gather(run_coroutine(steps("a")), run_coroutine(steps("b")))

    asyncio.run(two())
    assert order == ["a", "b", "a", "b"]


def test_sleeping_is_the_runtimes_timer_in_milliseconds() -> None:
    Edge()
    run_js(sleep(0.5))
    assert internet.waits == [500]


class Settled:
    """A promise that is settled inside a task, as no runtime does it."""

    def then(self, fulfilled: Any, _: Any) -> None:
        async def settle() -> None:
            fulfilled(7)

        self._task = asyncio.ensure_future(settle())


def test_a_coroutine_that_ends_inside_another_task_ends_all_the_same() -> None:
    assert run_js(await_js(SimpleNamespace(bind=lambda *_: lambda _: Settled()), None)) == 7


def test_what_awaits_a_coroutine_goes_on_in_the_call_that_settles_the_last_promise() -> None:
    calls: list[Any] = []

    class Kept:
        def then(self, fulfilled: Any, _: Any) -> None:
            calls.append(fulfilled)

    async def waiting() -> None:
        calls.append(await run_coroutine(await_js(SimpleNamespace(bind=lambda *_: lambda _: Kept()), None)))

    def settle() -> None:
        calls.pop()(7)
        calls.append("settled")

    loop = asyncio.new_event_loop()
    task = loop.create_task(waiting())
    for work in (settle, loop.stop):
        loop.call_later(0.01, work)
    loop.run_forever()
    loop.close()
    assert (calls, task.done()) == ([7, "settled"], True)
