"""The `Send` port over the runtime's `fetch`: redirects are answers like any other, nothing is cached, and all of it ends."""

import re

from js import AbortSignal, Object, fetch
from pyodide.ffi import JsException, to_js

from lightning_cart.errors import ProviderTimeout, ProviderUnavailable
from lightning_cart.http import HttpRequest, HttpResponse
from worker.adapter import read_body
from worker.crossing import read_headers
from worker.promises import await_js

TOTAL_MS = 15_000  # for the whole exchange
LARGEST = 4 * 1024 * 1024  # bytes of a provider's answer
MAX_ACK_BYTES = 2048  # bytes of a merchant's answer that are read: its status says all
# A last label that begins with a letter is no part of an IPv4 address in any spelling; an IPv6 address has colons.
_PUBLIC_NAME = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]", re.ASCII)
# RFC 6761, 6762, 8375 and 9476, and what routers and companies use: names that no public resolver answers.
_PRIVATE = (
    ".localhost",
    ".local",
    ".internal",
    ".home.arpa",
    ".lan",
    ".intranet",
    ".corp",
    ".home",
    ".test",
    ".invalid",
    ".alt",
)


class FetchSend:
    """Sends the core's requests.

    Args:
        total: Milliseconds for one exchange.
        largest: The longest body of an answer that is read, in bytes.
        cut: Take the start of a longer one, instead of refusing it.
    """

    def __init__(self, total: int = TOTAL_MS, largest: int = LARGEST, *, cut: bool = False) -> None:
        self._total, self._largest, self._cut = total, largest, cut

    async def _exchange(self, request: HttpRequest, host: str) -> HttpResponse:
        options = {
            "method": request.method,
            "headers": dict(request.headers),
            "redirect": "manual",
            "signal": AbortSignal.timeout(self._total),
        }
        if request.body:
            options["body"] = request.body
        answer = await await_js(fetch, None, request.url, to_js(options, dict_converter=Object.fromEntries))
        headers = read_headers(answer)
        # The length of what was compressed says nothing of what comes out of it.
        length = "" if "content-encoding" in headers else headers.get("content-length", "")
        body = await read_body(answer, length, self._largest)
        if len(body) > self._largest and not self._cut:
            raise ProviderUnavailable(host, f"answered more than {self._largest} bytes")
        return HttpResponse(answer.status, headers, body[: self._largest])

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        """Send a request once.

        Raises:
            ProviderTimeout: No answer in time.
            ProviderUnavailable: No answer, or none that can be read.
        """
        host = request.host
        try:
            return await self._exchange(request, host)
        except JsException as error:
            if error.name in {"TimeoutError", "AbortError"}:
                raise ProviderTimeout(host, "did not answer in time") from error
            raise ProviderUnavailable(host, f"could not be reached ({error.name})") from error


class PublicSend(FetchSend):
    """Sends fulfilment webhooks: by https, to names of the public internet.

    The runtime's `fetch` leads to no private network in any case; the names are refused so that a mistake is told, and so that
    an engine does the same wherever it runs.
    """

    def __init__(self) -> None:
        super().__init__(largest=MAX_ACK_BYTES, cut=True)

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        """Send a request once.

        Raises:
            ProviderTimeout: No answer in time.
            ProviderUnavailable: No answer, or the address may not be reached.
        """
        host = request.host
        if not request.url.startswith("https://"):
            raise ProviderUnavailable(host, "is not https: only FULFILMENT_ALLOW_PRIVATE=1 allows that")
        if not _PUBLIC_NAME.fullmatch(host) or host.endswith(_PRIVATE):
            raise ProviderUnavailable(host, "is not a public name: only FULFILMENT_ALLOW_PRIVATE=1 allows that")
        return await super().__call__(request)
