"""Requests with their responses, and the log that records them."""

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

from lightning_cart.http import HttpRequest, HttpResponse
from lightning_cart.ports import Clock
from lightning_cart_notebook.masking import safe_json
from lightning_cart_notebook.message_view import event_name, message_title, request_view, response_view
from lightning_cart_notebook.sequence import Arrow, draw_sequence
from lightning_cart_notebook.view import RED, Shown, View, headline, note


class JsonObject(dict[str, Any]):
    """The object of a JSON response. Its representation is masked, its values are not."""

    def __repr__(self) -> str:
        return json.dumps(safe_json(self), ensure_ascii=False, indent=2)


@dataclass(frozen=True, slots=True, repr=False)
class Exchange(Shown):
    """One request and its response.

    Args:
        sender: The name of the sender.
        receiver: The name of the receiver.
        request: The request, with an absolute URL.
        response: The response, or `None` if none came.
        ms: Milliseconds until the response, by the shop's clock.
        began: The position of the request in the log.
        ended: The position of the response in the log.
        inside: The exchanges between request and response.
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
    def json(self) -> JsonObject:
        """The response's JSON object, or an empty one."""
        try:
            value = json.loads(self.response.body) if self.response else None
        except ValueError:
            value = None
        return JsonObject(value if isinstance(value, dict) else {})

    @property
    def title(self) -> str:
        """The exchange in one line."""
        return " ".join(message_title(self.request, self.response))

    @property
    def view(self) -> View:
        """The exchange with headers and bodies."""
        refused = self.response is None or self.response.status >= 400
        title = headline(*message_title(self.request, self.response), colour=RED if refused else "")
        parties = f"{self.sender} → {self.receiver}, {self.ms} ms"
        request, response = request_view(self.request), response_view(self.response)
        html = f'<div class="d">{escape(parties)}</div>{title}{request.html}{response.html}'
        return View(html, f"{parties}\n{self.title}\n{request.text}\n{response.text}")


class Exchanges(Shown, tuple[Exchange, ...]):
    """Several exchanges, in the order of their requests. A notebook draws them and lists each to unfold."""

    __slots__ = ()

    @property
    def view(self) -> View:
        """A sequence diagram and the list of exchanges."""
        if not self:
            return note("Nothing was exchanged.")
        folded = "".join(
            f"<details><summary><code>{escape(one.title)}</code></summary>{one.view.html}</details>" for one in self
        )
        picture = draw_sequence([arrow for one in self for arrow in _arrows(one)])
        lines = [f"{one.sender} → {one.receiver}: {one.title}" for one in self]
        return View(f"{picture}{folded}", "\n".join(lines))


def _arrows(exchange: Exchange) -> Sequence[Arrow]:
    """Return the arrows of a request and its response."""
    request, response = exchange.request, exchange.response
    label = event_name(request) or f"{request.method} {request.path}"
    status, bad = (str(response.status), response.status >= 400) if response else ("no response", True)
    asked = Arrow(exchange.began, exchange.sender, exchange.receiver, label)
    return asked, Arrow(exchange.ended, exchange.receiver, exchange.sender, status, back=True, bad=bad)


@dataclass
class ExchangeLog:
    """A log of exchanges.

    Args:
        clock: Returns Unix seconds.
    """

    clock: Clock
    _exchanges: list[Exchange] = field(default_factory=list)
    _count: int = 0

    def _tick(self) -> int:
        self._count += 1
        return self._count

    async def record(
        self, sender: str, receiver: str, request: HttpRequest, send: Callable[[], Awaitable[HttpResponse]]
    ) -> Exchange:
        """Send one request and record it with its response.

        Args:
            sender: The name of the sender.
            receiver: The name of the receiver.
            request: The request as it is shown.
            send: Sends the request.

        Raises:
            ProviderUnavailable: No response came. The request is still recorded.
        """
        began, started = self._tick(), self.clock()
        response = None
        try:
            response = await send()
        finally:
            ms, ended = round((self.clock() - started) * 1000), self._tick()
            inside = Exchanges(one for one in self._exchanges if began < one.began and one.ended < ended)
            exchange = Exchange(sender, receiver, request, response, ms, began, ended, inside)
            self._exchanges.append(exchange)
        return exchange

    def since(self, position: int = 0) -> Exchanges:
        """Return the exchanges that began after a position; all by default."""
        return Exchanges(sorted((one for one in self._exchanges if one.began > position), key=lambda one: one.began))

    def position(self) -> int:
        """Return the current position, for a later `since`."""
        return self._count
