"""Puts the engine together at the edge: bindings, D1 and `fetch`, and the catalogue that was compiled when it was built."""

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
from worker.sending import FetchSend, PublicSend

LIMITER = "CHECKOUT_LIMIT"
_WAIT = 60  # seconds: the period of the binding in wrangler.toml
_ALLOW_PRIVATE = "FULFILMENT_ALLOW_PRIVATE"


def new_id() -> str:
    """A fresh id, as of `make_id`."""
    return make_id(time.time_ns() // 1_000_000, int.from_bytes(os.urandom(RANDOM_BITS // 8)))


def get_binding(env: JsValue, name: str) -> JsValue | None:
    """A binding itself, without the SDK's wrapper, which would convert everything twice; or `None` where there is none."""
    binding = getattr(env, name, None)
    return None if binding is None else python_to_rpc(binding)


def read_settings(env: JsValue) -> dict[str, str]:
    """Every setting that some part declares, of those that are bound as a variable or a secret."""
    names = [*(need.name for need in all_settings()), _ALLOW_PRIVATE]
    bound = {name: getattr(env, name, None) for name in names}
    return {name: value for name, value in bound.items() if isinstance(value, str)}


class Limiter:
    """Lets so many checkouts in from one address as the rate-limit binding says.

    https://developers.cloudflare.com/workers/runtime-apis/bindings/rate-limit/
    """

    def __init__(self, binding: JsValue) -> None:
        self._binding = binding

    async def __call__(self, request: HttpRequest) -> None:
        """Count a request, and let it in.

        Raises:
            TooManyRequests: Its address has had its share.
        """
        try:
            outcome = await await_js(self._binding.limit, self._binding, to_js({"key": request.header("cf-connecting-ip")}))
        except JsException:  # a limit that does not work keeps nobody from buying
            return
        if not outcome.success:
            raise TooManyRequests(_WAIT)


def build_app(env: JsValue) -> App:
    """The engine behind its routes, with what is bound to the Worker; `GET /health` names what is missing.

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
        send_webhook=FetchSend() if settings.get(_ALLOW_PRIVATE) == "1" else PublicSend(),
        rate_limit=Limiter(limiter) if limiter is not None else None,
    )
    return App(Engine(settings, CATALOG, ports))
