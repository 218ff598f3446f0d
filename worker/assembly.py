"""Builds the engine from the Worker's bindings, D1, `fetch` and the catalogue that was compiled at build time."""

import os
import time

from catalog_data import CATALOG
from pyodide.ffi import JsException
from workers import python_to_rpc

from lightning_cart.errors import TooManyRequests
from lightning_cart.http import HttpRequest
from lightning_cart.ports import Ports
from lightning_cart.ulid import RANDOM_BITS, make_id
from lightning_cart.usecases.engine import Engine
from lightning_cart.usecases.settings_catalogue import all_settings
from lightning_cart.web.app import App
from worker.crossing import JsValue, to_js
from worker.database import BINDING, D1Database, NoDatabase
from worker.promises import await_js, sleep
from worker.sending import ALLOW_PRIVATE, FetchSend, PublicSend

LIMITER = "CHECKOUT_LIMIT"
_PERIOD_SECONDS = 60  # of the rate limit in wrangler.toml


def new_id() -> str:
    """Return a new ULID."""
    return make_id(time.time_ns() // 1_000_000, int.from_bytes(os.urandom(RANDOM_BITS // 8)))


def get_binding(env: JsValue, name: str) -> JsValue | None:
    """Return a binding, or None if it is missing. The SDK's wrapper is removed, because it would convert every value twice."""
    binding = getattr(env, name, None)
    return None if binding is None else python_to_rpc(binding)


def read_settings(env: JsValue) -> dict[str, str]:
    """Return the declared settings that are bound as a variable or a secret."""
    names = [*(setting.name for setting in all_settings()), ALLOW_PRIVATE]
    bound = {name: getattr(env, name, None) for name in names}
    return {name: value for name, value in bound.items() if isinstance(value, str)}


class Limiter:
    """Rate limit of checkouts per client address, counted by the rate-limit binding.

    https://developers.cloudflare.com/workers/runtime-apis/bindings/rate-limit/
    """

    def __init__(self, binding: JsValue) -> None:
        self._binding = binding

    async def __call__(self, request: HttpRequest) -> None:
        """Count a request.

        Raises:
            TooManyRequests: The client address exceeds the limit.
        """
        try:
            outcome = await await_js(self._binding.limit, self._binding, to_js({"key": request.header("cf-connecting-ip")}))
        except JsException:  # a broken limiter must not stop sales
            return
        if not outcome.success:
            raise TooManyRequests(_PERIOD_SECONDS)


def build_app(env: JsValue) -> App:
    """Build the application from what is bound to the Worker. `GET /health` names what is missing.

    Args:
        env: The runtime's bindings.
    """
    settings = read_settings(env)
    database, limiter = get_binding(env, BINDING), get_binding(env, LIMITER)
    ports = Ports(
        D1Database(database) if database is not None else NoDatabase(),
        FetchSend(),
        clock=time.time,
        new_id=new_id,
        sleep=sleep,
        send_webhook=FetchSend() if settings.get(ALLOW_PRIVATE) == "1" else PublicSend(),
        rate_limit=Limiter(limiter) if limiter is not None else None,
    )
    return App(Engine(settings, CATALOG, ports))
