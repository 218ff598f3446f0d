"""A watch that holds every answer and webhook of the sandbox to the providers' own types while a test runs.

A provider plugs in with one `Judge` in its own module, such as `stripe_types.JUDGE`, and one name in `JUDGES`:

    def _judge_answer(answer: Answer) -> list[str]:
        return findings(kind_of(answer.method, answer.path, answer.status), answer.document)

    def _judge_event(event_type: str, document: Json) -> list[str]:
        return findings(event_type, document)

    JUDGE = Judge("paypal", Api, _judge_answer, _judge_event)

`tests/sandbox/conftest.py` then watches every test of its folder. Another folder does the same with

    from judged.watch import watch

    @pytest.fixture(autouse=True)
    def judged() -> Iterator[None]:
        yield from watch()
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response

from lightning_cart_sandbox.types import Json
from lightning_cart_sandbox.webhooks.delivery import Deliveries
from lightning_cart_sandbox.webhooks.outbox import Webhook

JUDGES: tuple[str, ...] = ("judged.stripe_types", "judged.paypal_types", "judged.square_types")
"""Modules with a `JUDGE`. They are imported when a test needs them, because the SDKs are large."""


@dataclass(frozen=True)
class Answer:
    """One answer of a provider's API.

    Attributes:
        method: The HTTP method.
        path: The path below the sandbox's root, such as `/stripe/v1/charges/ch_1`.
        status: The HTTP status.
        document: The parsed body, or `None` if the body is empty.
        request_headers: The request's headers, in lower case.
        headers: The response's headers, in lower case.
    """

    method: str
    path: str
    status: int
    document: Any
    request_headers: dict[str, str]
    headers: dict[str, str]


@dataclass(frozen=True)
class Judge:
    """What holds a provider's answers to its official types.

    Attributes:
        provider: The provider's name, as its webhooks have it.
        api: The class of the provider's API, whose instances take a request and return a response.
        judge_answer: Returns the findings about an answer; none if it is as the types say.
        judge_event: Takes an event's type and body, and returns the findings.
    """

    provider: str
    api: type
    judge_answer: Callable[[Answer], list[str]]
    judge_event: Callable[[str, Json], list[str]]


def watch(modules: Sequence[str] = JUDGES) -> Iterator[None]:
    """Watch while a fixture's test runs, and fail it if there is a finding."""
    with watching([import_module(module).JUDGE for module in modules]) as found:
        yield
    assert not found, "\n".join(found)


@contextmanager
def watching(judges: Sequence[Judge]) -> Iterator[list[str]]:
    """Collect the findings about all answers and webhooks of a block.

    Args:
        judges: The judges of the providers; the answers of others are not looked at.

    Yields:
        The findings so far, each with what it is about.
    """
    found: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        for judge in judges:
            _watch_answers(patch, judge, found)
        _watch_webhooks(patch, {judge.provider: judge for judge in judges}, found)
        yield found


def _watch_answers(patch: pytest.MonkeyPatch, judge: Judge, found: list[str]) -> None:
    respond: Any = judge.api.__call__

    async def judged(api: Any, request: Request) -> Response:
        response: Response = await respond(api, request)
        body = bytes(response.body)
        document = json.loads(body) if body else None
        path = request.scope["path"]
        headers = dict(request.headers), dict(response.headers)
        answer = Answer(request.method, path, response.status_code, document, *headers)
        found.extend(f"{answer.method} {path} {answer.status}: {one}" for one in judge.judge_answer(answer))
        return response

    patch.setattr(judge.api, "__call__", judged)


def _watch_webhooks(patch: pytest.MonkeyPatch, judges: dict[str, Judge], found: list[str]) -> None:
    add = Deliveries.add

    def judged(deliveries: Deliveries, webhook: Webhook) -> Any:
        judge = judges.get(webhook.provider)
        if judge:
            about = judge.judge_event(webhook.event_type, json.loads(webhook.body))
            found.extend(f"{webhook.event_type}: {one}" for one in about)
        return add(deliveries, webhook)

    patch.setattr(Deliveries, "add", judged)
