"""What operators do with codes: they add, change, end and import them.

Buyers' use cases do not import this module. A code that was changed has another revision, so a cart that was priced before is
priced anew. An open checkout keeps the price that it was opened with.
"""

from collections.abc import Sequence
from enum import StrEnum

from lightning_cart.domain.codes import Code, read_code
from lightning_cart.errors import InvalidField, NotFound, TemporarilyUnavailable
from lightning_cart.http import Json
from lightning_cart.storage.code_store import CodeChange, CodeStore, StoredCode

_TRIES = 3  # another operator may change a code between its look-up and its change


class CodeState(StrEnum):
    """Whether a code holds."""

    ACTIVE = "active"
    NOT_YET = "not yet"
    OVER = "over"
    USED_UP = "used up"


def state_of(code: Code, now: int) -> CodeState:
    """Return whether a code holds at a time in Unix seconds."""
    if code.until_at is not None and code.until_at <= now:
        return CodeState.OVER
    if code.most_uses is not None and code.uses >= code.most_uses:
        return CodeState.USED_UP
    return CodeState.NOT_YET if code.from_at is not None and code.from_at > now else CodeState.ACTIVE


async def save_codes(
    store: CodeStore, codes: Sequence[Code], change: CodeChange, *, replace: bool, action: str = ""
) -> tuple[str, ...]:
    """Save codes, all or none. What was used of a code that is replaced stays.

    Args:
        store: Where they are stored.
        codes: Checked codes, at least one, and each once.
        change: Who saves them.
        replace: Whether codes that exist are replaced.
        action: What the operators' log says. Default: `code add`, or `code change` of one that exists.

    Returns:
        The codes that exist already. If they were not to be replaced, nothing was saved.

    Raises:
        TemporarilyUnavailable: Somebody else is changing these codes.
        StorageUnavailable: The database did not answer.
    """
    for _ in range(_TRIES):
        known = await store.revisions([code.code for code in codes])
        if known and not replace:
            return tuple(known)
        revised = [code._replace(revision=known.get(code.code, 0)) for code in codes]
        if await store.save(revised, action or ("code change" if known else "code add"), change):
            return tuple(known)
    raise TemporarilyUnavailable("these codes are being changed at this moment: try again")


async def save_code(store: CodeStore, code: Code, change: CodeChange, *, replace: bool) -> tuple[StoredCode, bool]:
    """Add a code, or write one anew. What was used of it stays.

    Args:
        store: Where it is stored.
        code: A checked code.
        change: Who saves it.
        replace: Whether it may exist already.

    Returns:
        The code now, and whether it is new.

    Raises:
        InvalidField: It exists, and was not to be replaced.
        TemporarilyUnavailable: Somebody else is changing it.
        StorageUnavailable: The database did not answer.
    """
    known = await save_codes(store, [code], change, replace=replace)
    if known and not replace:
        raise InvalidField("code", f"{code.code} exists already: choose another code, or add replace to write it anew")
    return await store.find(code.code) or StoredCode(code), not known


async def end_code(store: CodeStore, text: str, change: CodeChange) -> tuple[StoredCode, bool]:
    """End a code now. Checkouts that are open keep it.

    Args:
        store: Where it is stored.
        text: The code, in any case.
        change: Who ends it.

    Returns:
        The code now, and whether it had not ended before.

    Raises:
        NotFound: There is no such code.
        StorageUnavailable: The database did not answer.
    """
    name = read_code(text)
    found, has_ended = await store.end(name, change) if name else (None, False)
    if found is None:
        raise NotFound(f"there is no code {name}" if name else "this is no code")
    return found, has_ended


def code_view(stored: StoredCode, now: int) -> Json:
    """Return a code as operators see it: with the fields by which it is added, how often it was used, and whether it holds.

    Args:
        stored: The code.
        now: Unix seconds.
    """
    code, terms = stored.code, stored.code.terms
    return {
        "code": code.code,
        "percent": terms.percent or None,
        "amounts": {currency: amount.decimal for currency, amount in terms.amounts.items()},
        "free_delivery": terms.free_delivery,
        "products": list(terms.products),
        "categories": list(terms.categories),
        "least": {currency: amount.decimal for currency, amount in terms.least.items()},
        "from": code.from_at,
        "until": code.until_at,
        "most_uses": code.most_uses,
        "once": code.once,
        "free": terms.free,
        "state": state_of(code, now),
        "uses": code.uses,
        "held": stored.held,
        "used": stored.used,
        "revision": code.revision,
    }
