"""One request and its answer, with what was exchanged meanwhile, and the diary in which a shop keeps them."""

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

from lightning_cart.http import HttpRequest, HttpResponse
from lightning_cart.ports import Clock
from lightning_cart_notebook.masking import safe_json
from lightning_cart_notebook.message_view import answer_view, event_name, message_title, request_view
from lightning_cart_notebook.sequence import Arrow, draw_sequence
from lightning_cart_notebook.view import RED, Shown, View, headline, note


class Answer(dict[str, Any]):
    """The object of a JSON answer. Its values are whole; only what is shown of them is masked."""

    def __repr__(self) -> str:
        return json.dumps(safe_json(self), ensure_ascii=False, indent=2)


@dataclass(frozen=True, slots=True, repr=False)
class Exchange(Shown):
    """One request and what came of it.

    Args:
        sender: Who asked.
        receiver: Who was asked.
        request: With the whole address.
        response: The answer, or `None` where none came.
        ms: Milliseconds until it was there, by the shop's clock.
        began: Its place among all beginnings and ends that the diary has seen.
        ended: The same.
        inside: What was exchanged before the answer came.
    """

    sender: str
    receiver: str
    request: HttpRequest
    response: HttpResponse | None
    ms: int
    began: int
    ended: int
    inside: "Exchanges"

    @property
    def answer(self) -> Answer:
        """The object that was answered in JSON; empty where it was none."""
        try:
            value = json.loads(self.response.body) if self.response else None
        except ValueError:
            value = None
        return Answer(value if isinstance(value, dict) else {})

    @property
    def title(self) -> str:
        """It in one line."""
        return " ".join(message_title(self.request, self.response))

    @property
    def view(self) -> View:
        """How it looks."""
        refused = self.response is None or self.response.status >= 400
        title = headline(*message_title(self.request, self.response), colour=RED if refused else "")
        who = f"{self.sender} → {self.receiver}, {self.ms} ms"
        sent, came = request_view(self.request), answer_view(self.response)
        html = f'<div class="d">{escape(who)}</div>{title}{sent.html}{came.html}'
        return View(html, f"{who}\n{self.title}\n{sent.text}\n{came.text}")


class Exchanges(Shown, tuple[Exchange, ...]):
    """Several exchanges in the order in which they began. A notebook draws them, and lists each to unfold."""

    __slots__ = ()

    @property
    def view(self) -> View:
        """How they look."""
        if not self:
            return note("Nothing was exchanged.")
        folded = "".join(
            f"<details><summary><code>{escape(one.title)}</code></summary>{one.view.html}</details>" for one in self
        )
        picture = draw_sequence([arrow for one in self for arrow in _arrows(one)])
        lines = [f"{one.sender} → {one.receiver}: {one.title}" for one in self]
        return View(f"{picture}{folded}", "\n".join(lines))


def _arrows(exchange: Exchange) -> Sequence[Arrow]:
    """A question and its answer, as a picture shows them."""
    request, response = exchange.request, exchange.response
    label = event_name(request) or f"{request.method} {request.path}"
    status, bad = (str(response.status), response.status >= 400) if response else ("no answer", True)
    question = Arrow(exchange.began, exchange.sender, exchange.receiver, label)
    return question, Arrow(exchange.ended, exchange.receiver, exchange.sender, status, back=True, bad=bad)


@dataclass
class ExchangeLog:
    """Writes exchanges down as they are made.

    Args:
        clock: Unix seconds.
    """

    clock: Clock
    _kept: list[Exchange] = field(default_factory=list)
    _count: int = 0

    def _tick(self) -> int:
        self._count += 1
        return self._count

    async def record(
        self, sender: str, receiver: str, request: HttpRequest, send: Callable[[], Awaitable[HttpResponse]]
    ) -> Exchange:
        """Make one exchange, and write it down.

        Args:
            sender: Who asks.
            receiver: Who is asked.
            request: As it is to be shown.
            send: Makes it.

        Raises:
            ProviderUnavailable: No answer came; the question is written down all the same.
        """
        began, started = self._tick(), self.clock()
        response = None
        try:
            response = await send()
        finally:
            ms, ended = round((self.clock() - started) * 1000), self._tick()
            inside = Exchanges(one for one in self._kept if began < one.began and one.ended < ended)
            exchange = Exchange(sender, receiver, request, response, ms, began, ended, inside)
            self._kept.append(exchange)
        return exchange

    def since(self, mark: int = 0) -> Exchanges:
        """Every exchange that began after a mark, as of `mark`; all, without one."""
        return Exchanges(sorted((one for one in self._kept if one.began > mark), key=lambda one: one.began))

    def position(self) -> int:
        """Now, to ask later what was exchanged since."""
        return self._count
