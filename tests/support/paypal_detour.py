"""Takes the requests of PayPal's SDK for Python to a sandbox. Its URLs are built in, and cannot be set."""

from typing import Any

import requests

PAYPAL = "https://api-m.sandbox.paypal.com"


class Detour(requests.adapters.HTTPAdapter):
    """Sends PayPal's requests to the sandbox, and records them."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self.base = base
        self.sent: list[Any] = []

    def send(self, request: Any, *args: Any, **options: Any) -> Any:
        self.sent.append(request)
        request.url = request.url.replace(PAYPAL, self.base, 1)
        return super().send(request, *args, **options)
