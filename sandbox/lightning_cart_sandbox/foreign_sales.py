"""The form on the overview that makes a sale of another program on the account of the same provider."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from lightning_cart_sandbox.pages import read_form, render

_MAX_REFERENCE = 100
DEFAULT_MINOR = 500


class ForeignSales:
    """The route `POST /{provider}/sales`, with `action` = `foreign_sale` and optionally `reference` and `amount_minor`.

    Args:
        sell: Takes the reference and the amount in minor units, and makes the sale.
        refusal: The provider's error for a sale that it refuses.
    """

    def __init__(self, sell: Callable[[str, int], object], refusal: type[Exception]) -> None:
        self._sell = sell
        self._refusal = refusal

    def route(self) -> Route:
        """Return the route below the provider's name."""
        return Route("/sales", self._post, methods=["POST"])

    async def _post(self, request: Request) -> Response:
        form = await read_form(request)
        amount, reference = form.get("amount_minor") or str(DEFAULT_MINOR), form.get("reference", "").strip()
        if form.get("action") != "foreign_sale":
            return render("missing.html", status=400, message="This page does not know that button.")
        if not (amount.isascii() and amount.isdigit() and len(amount) < 9) or len(reference) > _MAX_REFERENCE:
            return render("missing.html", status=400, message="The amount is a whole number of minor units.")
        try:
            self._sell(reference, int(amount))
        except self._refusal as error:
            return render("missing.html", status=400, message=str(error))
        return RedirectResponse("/", 303)
