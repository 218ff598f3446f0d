"""Stripe's API below `/v2`, of which nothing is imitated. It has another error format (Stripe: API v2)."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from lightning_cart_sandbox.stripe.schema import NOT_IMITATED

_MAX_SHOWN = 200


async def refuse_v2(request: Request) -> Response:
    """Say that a path is not imitated."""
    path = f"{request.method} /v2/{request.path_params['path'][:_MAX_SHOWN]}"
    error = {"code": "sandbox_not_imitated", "message": NOT_IMITATED.format(what=path), "type": "invalid_request_error"}
    return JSONResponse({"error": error}, 404)
