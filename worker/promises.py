"""Awaits JavaScript promises with one entry into Python per promise.

Pyodide converts a returned promise to an asyncio future. A task that awaits it costs two more entries: one for the future's
bookkeeping, one to wake the task. With JSPI, as at Cloudflare, each entry gets its own stack, which takes longer than most
of the engine's work. So coroutines here await the promise itself and continue in the call that settles it. They cannot await
asyncio's own futures.
"""

from asyncio import Future, current_task
from collections.abc import Callable, Coroutine, Generator
from contextvars import Context, copy_context
from types import coroutine
from typing import Any

from js import Array, Promise, setTimeout

from worker.crossing import JsValue

type JsCoroutine[T] = Coroutine[JsValue, JsValue, T]


@coroutine
def _await_promise(promise: JsValue) -> Generator[JsValue, JsValue, JsValue]:
    return (yield promise)


async def await_js(function: JsValue, this: JsValue, *arguments: object) -> JsValue:
    """Call a JavaScript function that returns a promise, and await the promise.

    Args:
        function: The function to call.
        this: The object whose method it is, or None.
        arguments: Of JavaScript, or strings, numbers and booleans of Python.

    Raises:
        JsException: The promise was rejected, or the function threw.
    """
    # Pyodide does not convert a promise that is an element of an array.
    return await _await_promise(Array.of(None).map(function.bind(this, *arguments))[0])


async def sleep(seconds: float) -> None:
    """Wait, using the runtime's timer."""
    timer = Promise.withResolvers()
    setTimeout(timer.resolve, seconds * 1000)
    await _await_promise(timer.promise)


class _Result[T](Future[T]):
    """The result of a run. The task that awaits it continues in the call that settles it, and needs no entry of its own."""

    _waiting: tuple[Callable[[Any], object], Context] | None = None

    def add_done_callback(self, callback: Callable[[Any], object], /, *, context: Context | None = None) -> None:
        """Add what continues the task that awaits this."""
        super().add_done_callback(callback, context=context)
        self._waiting = callback, context or copy_context()

    def settle(self, value: T, error: BaseException | None) -> None:
        """Set the exception, or the value if there is none."""
        if self._waiting is None or current_task() is not None:  # inside a task no other can continue
            self._set(value, error)
            return
        callback, context = self._waiting
        self.remove_done_callback(callback)  # asyncio would schedule it, which is another entry
        self._set(value, error)
        context.run(callback, self)

    def _set(self, value: T, error: BaseException | None) -> None:
        if error is None:
            self.set_result(value)
        else:
            self.set_exception(error)


class _Run[T]:
    """One run of a coroutine, which continues with each promise that it awaits."""

    def __init__(self, work: JsCoroutine[T]) -> None:
        self._work = work
        self.result: _Result[T] = _Result()

    def start(self) -> None:
        self._resume(self._work.send, None)

    def _resume(self, step: Any, value: Any) -> None:  # noqa: ANN401 - `send` or `throw`
        ended = None
        try:
            step(value).then(self._send, self._throw)
        except StopIteration as end:
            value = end.value
        except BaseException as error:  # noqa: BLE001 - raised again where the result is awaited
            ended = error
        else:
            return
        self.result.settle(value, ended)

    def _send(self, value: JsValue) -> None:
        self._resume(self._work.send, value)

    def _throw(self, error: BaseException) -> None:
        self._resume(self._work.throw, error)


async def run_coroutine[T](work: JsCoroutine[T]) -> T:
    """Run a coroutine of this module's functions, and return its value or raise its exception."""
    run = _Run(work)
    run.start()
    return await run.result
