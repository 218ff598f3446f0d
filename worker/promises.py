"""Waits for JavaScript's promises, and enters Python once for each.

Pyodide makes a future of asyncio's of every promise that a call returns, and a task that awaits it costs two entries more: one
for the future's bookkeeping, one to wake the task. With JSPI, as at Cloudflare, each gets a stack of its own, which takes
longer than most of what the engine does with the value. So the promise itself is taken, and a coroutine goes on in the very
call that settles it. Nothing of asyncio's can be awaited in such a coroutine.
"""

from asyncio import Future
from collections.abc import Coroutine, Generator
from types import coroutine
from typing import Any

from js import Array, Promise, setTimeout

from worker.crossing import JsValue

type JsCoroutine[T] = Coroutine[JsValue, JsValue, T]


@coroutine
def _await_promise(promise: JsValue) -> Generator[JsValue, JsValue, JsValue]:
    return (yield promise)


async def await_js(function: JsValue, this: JsValue, *arguments: object) -> JsValue:
    """What a function of JavaScript's promises.

    Args:
        function: Returns a promise.
        this: Whose method it is, or `None`.
        arguments: As JavaScript takes them: nothing of Python's but texts, numbers and booleans.

    Raises:
        JsException: The promise was rejected, or the function did not even promise.
    """
    # A promise in an array is left as it is.
    return await _await_promise(Array.of(None).map(function.bind(this, *arguments))[0])


async def sleep(seconds: float) -> None:
    """Wait by the runtime's timer."""
    timer = Promise.withResolvers()
    setTimeout(timer.resolve, seconds * 1000)
    await _await_promise(timer.promise)


class _Course[T]:
    """A coroutine on its way from promise to promise."""

    def __init__(self, work: JsCoroutine[T]) -> None:
        self._work = work
        self.end: Future[T] = Future()

    def _go_on(self, step: Any, value: object) -> None:  # noqa: ANN401 - `send` or `throw`
        try:
            step(value).then(self.send, self._throw)
        except StopIteration as end:
            self.end.set_result(end.value)
        except BaseException as error:  # noqa: BLE001 - whoever awaits the end gets it
            self.end.set_exception(error)

    def send(self, value: JsValue) -> None:
        """Go on with what a promise was kept with; at the start with `None`."""
        self._go_on(self._work.send, value)

    def _throw(self, error: BaseException) -> None:
        self._go_on(self._work.throw, error)


async def run[T](work: JsCoroutine[T]) -> T:
    """Run a coroutine that awaits what is here to its end.

    Returns:
        The coroutine's value.

    Raises:
        BaseException: Whatever the coroutine does.
    """
    course = _Course(work)
    course.send(None)
    return await course.end
