"""The route that a monitor calls: whether the engine can take orders."""

from lightning_cart import __version__
from lightning_cart.errors import InvalidSettings, TemporarilyUnavailable
from lightning_cart.http import HttpRequest
from lightning_cart.storage.write_proof import can_write
from lightning_cart.usecases.engine import Engine
from lightning_cart.usecases.settings_catalogue import ADMIN_TOKEN
from lightning_cart.web.operator_token import is_operator
from lightning_cart.web.responses import Answer, json_response

_OK, _UNAVAILABLE = "ok", "unavailable"


class MonitorRoutes:
    """Handler of the route that a monitor calls.

    Args:
        engine: The engine to check.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    async def health(self, request: HttpRequest, _: str) -> Answer:
        """Handle `GET /health`: say whether the engine can take orders, and to an operator what it lacks."""
        # Orders are taken without the operator's token, and whoever is told the problems has one that is right.
        problems = [problem for problem in self.engine.problems() if problem.name != ADMIN_TOKEN.name]
        database, fault = _UNAVAILABLE, ""
        try:
            if await can_write(self.engine.ports.database, self.engine.now()):
                database = _OK
            else:
                fault = "the database has lost what was written to it"
        except TemporarilyUnavailable as error:
            fault = str(error)
        except InvalidSettings as error:
            problems += error.problems
        status = _UNAVAILABLE if problems or database != _OK else _OK
        content: dict[str, object] = {"status": status}
        if is_operator(self.engine, request):
            content |= {
                "version": __version__,
                "missing": [problem.name for problem in problems],
                "problems": [problem._asdict() for problem in problems],
                "database": database,
            }
        if status == _OK:
            return json_response(200, content)
        reason = "; ".join(filter(None, [*map(str, problems), fault]))
        return json_response(503, content, log_fields={"reason": reason})
