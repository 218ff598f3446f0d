"""The routes by which an operator lists, adds, changes and ends codes."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from lightning_cart.domain.catalog import NO_METADATA
from lightning_cart.errors import InvalidField
from lightning_cart.http import HttpRequest
from lightning_cart.spelling import did_you_mean
from lightning_cart.storage.code_store import CodeChange, CodeStore
from lightning_cart.storage.operator_log import Operator
from lightning_cart.usecases.cart_keys import is_shown, path_to
from lightning_cart.usecases.code_wish import CodeWish, read_wish
from lightning_cart.usecases.codes import code_view, end_code, save_code
from lightning_cart.usecases.engine import Engine
from lightning_cart.web.operator_token import require_admin
from lightning_cart.web.requests import check_reason, parse_object, parse_reason
from lightning_cart.web.responses import Answer, json_response

PAGE = 100  # codes in one answer
_WHO = "admin"  # in the operators' log
_EXAMPLE = '{"code": "SPRING", "percent": "10"}'
_SWITCHES = ("free_delivery", "once", "free", "replace")
_KEYS = (
    *("code", "percent", "amounts", "free_delivery", "products", "categories", "least", "from", "until", "most_uses", "once"),
    *("free", "replace", "reason"),
)
_DAY = 24 * 3600  # seconds
_LATEST = 253_402_300_799  # 9999-12-31 23:59:59, the last second of `datetime`
_DATE = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ]\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d)?)?", re.ASCII)


class CodeOrder(NamedTuple):
    """What an operator sends to add or change a code.

    Args:
        wish: The code.
        replace: Whether it may exist already.
        reason: For the log.
    """

    wish: CodeWish
    replace: bool
    reason: str


def _text(document: Mapping[str, object], name: str, example: str) -> str:
    value = document.get(name)
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)  # 10 percent, and a code of digits, mean the same without quotation marks
    if not isinstance(value, str):
        raise InvalidField(name, f'must be a string such as "{example}"')
    return value


def _switch(document: Mapping[str, object], name: str) -> bool:
    value = document.get(name)
    if value is not None and not isinstance(value, bool):
        raise InvalidField(name, "must be true or false")
    return value is True


def _names(document: Mapping[str, object], name: str) -> tuple[str, ...]:
    value = document.get(name)
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise InvalidField(name, 'must be a list of strings such as ["mug"]')
    return tuple(value)


def _sums(document: Mapping[str, object], name: str) -> Mapping[str, str]:
    value = document.get(name)
    if value is None:
        return NO_METADATA
    if not isinstance(value, dict):
        raise InvalidField(name, 'must be an object of currency codes and decimal strings such as {"EUR": "5.00"}')
    for currency, amount in value.items():
        if not isinstance(amount, str):
            raise InvalidField(path_to(name, currency), 'must be a decimal string in quotation marks, such as "5.00"')
    return value


def _seconds(text: str) -> tuple[int, bool] | None:
    """Return the Unix seconds of a date or time, and whether it is a day; or None."""
    found = _DATE.fullmatch(text.strip().upper())
    if found is None:
        return None
    try:
        moment = datetime.fromisoformat(found[0])
        seconds = int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError):  # such as the 31st of June
        return None
    return seconds, found[0] == found[1]


def _moment(document: Mapping[str, object], name: str, whole_day: int = 0) -> int | None:
    """Return a time in Unix seconds, or None if it is left out.

    Args:
        document: The request.
        name: The key.
        whole_day: Seconds to add to a day.
    """
    value = document.get(name)
    if value is None:
        return None
    found = _seconds(value) if isinstance(value, str) else None
    if found is not None:
        value = found[0] + (whole_day if found[1] else 0)
    if type(value) is not int or not 0 <= value <= _LATEST:
        example = '"2050-12-31", "2050-12-31T18:00Z" or 2556057600'
        raise InvalidField(name, f"must be a day, a time or Unix seconds, such as {example} (UTC)")
    return value


def parse_code(body: bytes) -> CodeOrder:
    """Parse an operator's request to add or change a code.

    Raises:
        MalformedRequest: The body is not JSON in UTF-8, or not an object.
        InvalidField: A key is not known, or a value is of another type.
    """
    document = parse_object(body, _EXAMPLE)
    for name in document:
        if name not in _KEYS:
            advice = did_you_mean(name, _KEYS, f"the keys are {', '.join(_KEYS)}")
            raise InvalidField(name if is_shown(name) else "body", f"is not known here: {advice}")
    most_uses = document.get("most_uses")
    if most_uses is not None and type(most_uses) is not int:
        raise InvalidField("most_uses", "must be a whole number such as 100")
    free_delivery, once, free, replace = (_switch(document, name) for name in _SWITCHES)
    wish = CodeWish(
        code=_text(document, "code", "SPRING"),
        percent=_text(document, "percent", "12.5"),
        amounts=_sums(document, "amounts"),
        free_delivery=free_delivery,
        products=_names(document, "products"),
        categories=_names(document, "categories"),
        least=_sums(document, "least"),
        from_at=_moment(document, "from"),
        until_at=_moment(document, "until", _DAY),
        most_uses=most_uses,
        once=once,
        free=free,
    )
    return CodeOrder(wish, replace, check_reason(document.get("reason", "")))


class AdminCodeRoutes:
    """Handlers of the routes for codes.

    Args:
        engine: The engine to call.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.store = CodeStore(engine.ports.database)

    def _change(self, reason: str) -> CodeChange:
        return CodeChange(Operator(_WHO, reason), f"log_{self.engine.ports.new_id()}", self.engine.now())

    async def codes(self, request: HttpRequest, _: str) -> Answer:
        """Handle `GET /admin/codes` and `POST /admin/codes`: list codes, or add or change one."""
        require_admin(self.engine, request)
        return await (self._save(request) if request.method == "POST" else self._list(request))

    async def _list(self, request: HttpRequest) -> Answer:
        query, now = request.query, self.engine.now()
        found = await self.store.list(PAGE + 1, query.get("after", ""), None if query.get("all") == "true" else now)
        shown = found[:PAGE]
        after = shown[-1].code.code if len(found) > PAGE else None
        return json_response(200, {"codes": [code_view(one, now) for one in shown], "after": after})

    async def _save(self, request: HttpRequest) -> Answer:
        order, now = parse_code(request.body), self.engine.now()
        code, mistakes = read_wish(order.wish, self.engine.catalog, now)
        if mistakes:
            raise mistakes[0]
        saved, is_new = await save_code(self.store, code, self._change(order.reason), replace=order.replace)
        return json_response(201 if is_new else 200, code_view(saved, now))

    async def end(self, request: HttpRequest, code: str) -> Answer:
        """Handle `POST /admin/codes/{code}/end`: end a code now. One that has ended stays as it is."""
        require_admin(self.engine, request)
        ended, _ = await end_code(self.store, code, self._change(parse_reason(request.body)))
        return json_response(200, code_view(ended, self.engine.now()))
