"""The route that a monitor calls: the engine's health."""

from lightning_cart import __version__
from lightning_cart.errors import InvalidSettings, TemporarilyUnavailable
from lightning_cart.http import HttpRequest
from lightning_cart.usecases.engine import Engine
from lightning_cart.web.responses import Answer, json_response


class MonitorRoutes:
    """Handler of the route that a monitor calls.

    Args:
        engine: The engine to check.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    async def health(self, _request: HttpRequest, _: str) -> Answer:
        """Handle `GET /health`: name missing settings, and say whether the database responds."""
        missing = self.engine.missing_settings()
        database = "ok"
        try:
            await self.engine.orders.ping()
        except TemporarilyUnavailable:
            database = "unavailable"
        except InvalidSettings as error:
            missing += error.names
            database = "unavailable"
        healthy = not missing and database == "ok"
        content = {
            "status": "ok" if healthy else "unavailable",
            "version": __version__,
            "missing": missing,
            "database": database,
        }
        return json_response(200 if healthy else 503, content)
