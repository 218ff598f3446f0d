"""The Worker's entrypoint, which the runtime calls for each request and on its schedule.

The first request of an isolate builds the engine, and all later ones share it. Deliveries run after the response, through
`waitUntil`.
"""

import time
from collections.abc import Awaitable, Callable
from functools import partial

from workers import WorkerEntrypoint

from lightning_cart.http import HttpRequest
from lightning_cart.security.redaction import error_location, safe_request_id
from lightning_cart.usecases.fulfil import deliver_due
from lightning_cart.usecases.reconcile import reconcile
from lightning_cart.usecases.tidy import tidy
from lightning_cart.web.app import App
from lightning_cart.web.problem import internal_error
from lightning_cart.web.responses import Answer
from worker.adapter import make_response, read_request
from worker.assembly import build_app, new_id
from worker.crossing import JsValue
from worker.log import log, log_attempts, log_problems
from worker.promises import run_coroutine
from worker.schedule import (
    DELIVERIES_PER_RUN,
    ORDERS_PER_RUN,
    PARKED_EVENTS_PER_RUN,
    STATEMENTS_AFTER_ANSWER,
    STATEMENTS_PER_RUN,
    Work,
    choose_work,
)

app_cache: dict[str, App] = {}


async def _log_errors(work: Callable[[], Awaitable[None]], event: str) -> None:
    """Await work and log its exception. The next run repeats what failed."""
    try:
        await work()
    except Exception as error:  # noqa: BLE001 - no caller waits for it
        log(event, "error", error=type(error).__name__, where=error_location(error))


class Default(WorkerEntrypoint):
    """The entrypoint. The runtime creates one per request; they share the engine of their isolate."""

    def _app(self) -> App:
        if "app" not in app_cache:
            app_cache["app"] = build_app(self.env)
            log_problems(app_cache["app"].engine)
        return app_cache["app"]

    async def _handle(self, request: HttpRequest, request_id: str) -> Answer:
        try:
            return await self._app().handle(request)
        except Exception as error:  # noqa: BLE001 - logged, and the caller gets a 500
            log("failure", "error", request_id=request_id, error=type(error).__name__, where=error_location(error))
            return app_cache["app"].internal_error(request) if "app" in app_cache else internal_error(request)

    async def _deliver(self, answer: Answer) -> None:
        log_attempts(await self._app().deliver_after(answer, STATEMENTS_AFTER_ANSWER))

    async def _deliver_due(self) -> None:
        log_attempts(await deliver_due(self._app().engine, DELIVERIES_PER_RUN, STATEMENTS_PER_RUN))

    async def _reconcile(self) -> None:
        report = await reconcile(self._app().engine, ORDERS_PER_RUN, STATEMENTS_PER_RUN)
        if report.settled or report.expired or report.discrepancies or report.skipped_providers:
            log("reconciled", "warning" if report.discrepancies else "info", **report.log_fields)

    async def _tidy(self) -> None:
        if applied := await tidy(self._app().engine, PARKED_EVENTS_PER_RUN, STATEMENTS_PER_RUN):
            log("tidied", applied=applied)

    async def _run_schedule(self) -> None:
        match choose_work(self._app().engine.now()):
            case Work.DELIVER:
                await _log_errors(self._deliver_due, "fulfilment_failed")
            case Work.RECONCILE:
                await _log_errors(self._reconcile, "reconciling_failed")
            case Work.TIDY:
                await _log_errors(self._tidy, "tidying_failed")

    async def _serve(self, request: JsValue) -> JsValue:
        started = time.time()
        incoming = await read_request(request)
        given = (safe_request_id(incoming.header(name)) for name in ("x-request-id", "cf-ray"))
        request_id = next(filter(None, given), "") or new_id()
        answer = await self._handle(incoming, request_id)
        log(
            "request",
            "warning" if answer.status >= 500 else "info",
            request_id=request_id,
            method=incoming.method,
            path=incoming.path,
            status=answer.status,
            ms=round((time.time() - started) * 1000, 1),
            **answer.log_fields,
        )
        if answer.has_deliveries:
            self.ctx.waitUntil(run_coroutine(_log_errors(partial(self._deliver, answer), "fulfilment_failed")))
        return make_response(answer, request_id)

    async def fetch(self, request: JsValue) -> JsValue:
        """Answer one request, and write its log line."""
        return await run_coroutine(self._serve(request.js_object))

    async def scheduled(self, _controller: JsValue, _env: JsValue = None, _ctx: JsValue = None) -> None:
        """Deliver due messages, reconcile orders, or tidy: one of them per run, up to a limit. A later run continues."""
        await run_coroutine(self._run_schedule())
