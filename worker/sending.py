"""The `Send` port over the runtime's `fetch`: no redirects, no cache, and a timeout on every request."""

import re

from js import AbortSignal, Object, fetch
from pyodide.ffi import JsException, to_js

from lightning_cart.errors import ProviderTimeout, ProviderUnavailable
from lightning_cart.http import HttpRequest, HttpResponse
from worker.adapter import read_body
from worker.crossing import read_headers
from worker.promises import await_js

ALLOW_PRIVATE = "FULFILMENT_ALLOW_PRIVATE"
TIMEOUT_MS = 15_000
MAX_RESPONSE_BYTES = 4 * 1024 * 1024
MAX_ACK_BYTES = 2048  # of a merchant's response; only its status counts
# If the last label begins with a letter, the name is no spelling of an IPv4 address. An IPv6 address has colons.
_PUBLIC_NAME = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]", re.ASCII)
# RFC 6761, 6762, 8375 and 9476, and the names of routers and company networks: no public resolver has them.
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
        timeout_ms: For one exchange, in milliseconds.
        max_bytes: The longest response body that is read.
        truncate: Whether a longer body is truncated instead of refused.
    """

    def __init__(self, timeout_ms: int = TIMEOUT_MS, max_bytes: int = MAX_RESPONSE_BYTES, *, truncate: bool = False) -> None:
        self._timeout_ms, self._max_bytes, self._truncate = timeout_ms, max_bytes, truncate

    async def _exchange(self, request: HttpRequest, host: str) -> HttpResponse:
        options = {
            "method": request.method,
            "headers": dict(request.headers),
            "redirect": "manual",
            "signal": AbortSignal.timeout(self._timeout_ms),
        }
        if request.body:
            options["body"] = request.body
        response = await await_js(fetch, None, request.url, to_js(options, dict_converter=Object.fromEntries))
        headers = read_headers(response)
        # The length of a compressed body does not limit what it expands to.
        length = "" if "content-encoding" in headers else headers.get("content-length", "")
        body = await read_body(response, length, self._max_bytes)
        if len(body) > self._max_bytes and not self._truncate:
            raise ProviderUnavailable(host, f"answered more than {self._max_bytes} bytes")
        return HttpResponse(response.status, headers, body[: self._max_bytes])

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        """Send a request once.

        Raises:
            ProviderTimeout: No response in time.
            ProviderUnavailable: No response, or one that is too long.
        """
        host = request.host
        try:
            return await self._exchange(request, host)
        except JsException as error:
            if error.name in {"TimeoutError", "AbortError"}:
                raise ProviderTimeout(host, "did not answer in time") from error
            raise ProviderUnavailable(host, f"could not be reached ({error.name})") from error


class PublicSend(FetchSend):
    """Sends fulfilment webhooks: over https, to public host names.

    The runtime's `fetch` never reaches a private network. Private names are still refused, so that a wrong URL is
    reported and every runtime behaves the same.
    """

    def __init__(self) -> None:
        super().__init__(max_bytes=MAX_ACK_BYTES, truncate=True)

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        """Send a request once.

        Raises:
            ProviderTimeout: No response in time.
            ProviderUnavailable: No response, or the URL is not public.
        """
        host = request.host
        if not request.url.startswith("https://"):
            raise ProviderUnavailable(host, f"is not https: only {ALLOW_PRIVATE}=1 allows that")
        if not _PUBLIC_NAME.fullmatch(host) or host.endswith(_PRIVATE):
            raise ProviderUnavailable(host, f"is not a public name: only {ALLOW_PRIVATE}=1 allows that")
        return await super().__call__(request)
