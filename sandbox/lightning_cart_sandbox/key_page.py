"""The known keys as a page at `/keys`, where they can be revoked, and as JSON at `/api/keys`."""

from collections.abc import Mapping
from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from lightning_cart_sandbox.keys import DEFAULT_KEYS, MAX_CHARACTERS, KeyRing, KeyState
from lightning_cart_sandbox.pages import read_form, render
from lightning_cart_sandbox.request_body import read_json

_ADD = "add"
_CHANGES = {KeyState.REVOKED: "Revoke", KeyState.EXPIRED: "Expire", KeyState.ACTIVE: "Restore"}


class KeyPage:
    """The routes that show the keys and change them.

    Args:
        keys: The keys.
    """

    def __init__(self, keys: KeyRing) -> None:
        self._keys = keys

    def routes(self) -> list[Route]:
        """Return the routes of the keys."""
        return [
            Route("/keys", self._page, methods=["GET", "POST"]),
            Route("/api/keys", self._json, methods=["GET", "POST"]),
        ]

    async def _page(self, request: Request) -> Response:
        if request.method == "GET":
            return self._show("")
        try:
            self._apply(await read_form(request))
        except (LookupError, ValueError) as error:
            return self._show(str(error), 422)
        return RedirectResponse("/keys", 303)

    async def _json(self, request: Request) -> Response:
        if request.method == "POST":
            try:
                wanted = await read_json(request)
                self._apply(wanted if isinstance(wanted, dict) else {})
            except (LookupError, ValueError) as error:
                return JSONResponse({"error": str(error)}, 422)
        return JSONResponse({"any_key": self._keys.any_key, "keys": [asdict(key) for key in self._keys.all()]})

    def _apply(self, wanted: Mapping[str, object]) -> None:
        """Add a key, or set the state of one.

        Args:
            wanted: `provider`, `key`, and `state`: one of `KeyState`, or `add`.

        Raises:
            LookupError: There is no such key.
            ValueError: The provider, the state or the new key is none.
        """
        provider, key, state = (str(wanted.get(name, "")).strip() for name in ("provider", "key", "state"))
        if provider not in DEFAULT_KEYS:
            raise ValueError(f"the provider is one of {', '.join(DEFAULT_KEYS)}")
        if state == _ADD:
            self._keys.add(provider, key)
        elif state in set(KeyState):
            self._keys.change(provider, key, KeyState(state))
        else:
            raise ValueError(f"the state is one of {', '.join((_ADD, *KeyState))}")

    def _show(self, complaint: str, status: int = 200) -> Response:
        return render(
            "keys.html",
            status=status,
            keys=self._keys.all(),
            any_key=self._keys.any_key,
            changes=_CHANGES,
            providers=list(DEFAULT_KEYS),
            complaint=complaint,
            max_characters=MAX_CHARACTERS,
        )
