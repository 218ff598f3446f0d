"""The chaos dial as a form at `/chaos`, and as JSON at `/api/chaos`."""

from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from lightning_cart_sandbox.chaos.dial import FAULTS, SETTINGS, Chaos
from lightning_cart_sandbox.chaos.state import Dial
from lightning_cart_sandbox.pages import read_form, render
from lightning_cart_sandbox.request_body import read_json


class ChaosPage:
    """The routes that show and set the dial.

    Args:
        dial: The dial.
    """

    def __init__(self, dial: Dial) -> None:
        self._dial = dial

    def routes(self) -> list[Route]:
        """Return the routes of the dial."""
        return [
            Route("/chaos", self._page, methods=["GET", "POST"]),
            Route("/api/chaos", self._json, methods=["GET", "PUT"]),
        ]

    async def _page(self, request: Request) -> Response:
        if request.method == "GET":
            return self._show(asdict(self._dial.chaos), "")
        form = await read_form(request)
        try:
            self._dial.set_rates(Chaos.from_mapping({name: value for name, value in form.items() if value.strip()}))
        except ValueError as error:
            return self._show(asdict(self._dial.chaos) | form, str(error), 422)
        return RedirectResponse("/chaos", 303)

    def _show(self, values: dict[str, object], complaint: str, status: int = 200) -> Response:
        hints = {str(name): hint for name, hint in [*FAULTS.items(), *SETTINGS.items()]}
        return render(
            "chaos.html",
            status=status,
            values=values,
            hints=hints,
            complaint=complaint,
            counts=self._dial.counts(),
            faults=self._dial.latest(),
        )

    async def _json(self, request: Request) -> Response:
        if request.method == "PUT":
            try:
                wanted = await read_json(request)
                self._dial.set_rates(Chaos.from_mapping(wanted) if isinstance(wanted, dict) else Chaos.parse(str(wanted)))
            except ValueError as error:
                return JSONResponse({"error": str(error)}, 422)
        dial = self._dial
        return JSONResponse({"chaos": asdict(dial.chaos), "counts": dial.counts(), "faults": dial.latest()})
