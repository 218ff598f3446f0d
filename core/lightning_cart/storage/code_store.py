"""The codes as operators see and change them: a list, and changes that are logged in their own batch."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from lightning_cart.domain.codes import Code
from lightning_cart.ports import Database, Row, SqlValue
from lightning_cart.storage.codes import row_to_code, terms_to_json
from lightning_cart.storage.operator_log import Operator
from lightning_cart.storage.sql import Sql, run_batch

_CODES = """
    SELECT c.*, (SELECT COUNT(*) FROM code_uses AS u WHERE u.code = c.code AND u.state = 'held') AS held FROM codes AS c
"""
_FIND = Sql(f"{_CODES} WHERE c.code = :code")
_LIST_ALL = Sql(f"{_CODES} WHERE c.code > :after_code ORDER BY c.code LIMIT :limit")
_LIST_OPEN = Sql(f"""
    {_CODES} WHERE c.code > :after_code AND (c.until_at IS NULL OR c.until_at > :now)
        AND (c.most_uses IS NULL OR c.most_uses > c.uses)
    ORDER BY c.code LIMIT :limit
""")
_REVISION = Sql("SELECT revision FROM codes WHERE code = :code")
# Each code's row of the log needs that of the code before it, and its revision to be the known one. So the last row is there
# only if all codes are as they were seen, and they are saved only then.
_LOG_SAVE = Sql("""
    INSERT INTO operator_log (id, at, who, action, subject, reason)
    SELECT :log_id, :now, :who, :action, :subject, :reason FROM (SELECT 1 AS n) AS one
    WHERE COALESCE((SELECT c.revision FROM codes AS c WHERE c.code = :code), 0) = :code_revision
        AND (:log_before = '' OR EXISTS (SELECT 1 FROM operator_log AS l WHERE l.id = :log_before))
    ON CONFLICT DO NOTHING
""")
_SAVE = Sql("""
    INSERT INTO codes (code, revision, terms, most_uses, uses, once, from_at, until_at)
    SELECT :code, :code_revision + 1, :terms, :most_uses, 0, :once, :from_at, :until_at
    FROM operator_log AS l WHERE l.id = :last_log_id
    ON CONFLICT (code) DO UPDATE SET
        revision = excluded.revision, terms = excluded.terms, most_uses = excluded.most_uses, once = excluded.once,
        from_at = excluded.from_at, until_at = excluded.until_at
""")
_UNLOG = Sql("""
    DELETE FROM operator_log WHERE id >= :log_id AND id <= :last_log_id
        AND NOT EXISTS (SELECT 1 FROM operator_log AS l WHERE l.id = :last_log_id)
""")
_IS_LOGGED = Sql("SELECT id FROM operator_log WHERE id = :last_log_id")
_LOG_END = Sql("""
    INSERT INTO operator_log (id, at, who, action, subject, reason)
    SELECT :log_id, :now, :who, :action, :subject, :reason FROM codes AS c
    WHERE c.code = :code AND (c.until_at IS NULL OR c.until_at > :now)
    ON CONFLICT DO NOTHING
""")
_END = Sql("""
    UPDATE codes SET until_at = :now, revision = revision + 1
    WHERE code = :code AND (until_at IS NULL OR until_at > :now)
""")


class StoredCode(NamedTuple):
    """A code, and how many of its uses are not paid for yet.

    Args:
        code: The code. `uses` has all of its uses.
        held: How many of them checkouts hold that are still open.
    """

    code: Code
    held: int = 0

    @property
    def used(self) -> int:
        """How many uses were paid for."""
        return self.code.uses - self.held


class CodeChange(NamedTuple):
    """Who changes codes, and when.

    Args:
        operator: Who, and why.
        log_id: The id of a new row of the operators' log.
        now: Unix seconds.
    """

    operator: Operator
    log_id: str
    now: int

    def values(self, action: str, code: str) -> dict[str, SqlValue]:
        """Return the column values of a row of the operators' log.

        Args:
            action: What is done, such as `code end`.
            code: The code.
        """
        operator, subject = self.operator, f"code:{code}"
        log = {"log_id": self.log_id, "who": operator.who, "reason": operator.reason}
        return {**log, "action": action, "subject": subject, "code": code, "now": self.now}


def _stored(rows: Sequence[Row]) -> list[StoredCode]:
    return [StoredCode(row_to_code(row), int(row["held"] or 0)) for row in rows]


def _columns(code: Code) -> Mapping[str, SqlValue]:
    return {
        "code_revision": code.revision,
        "terms": terms_to_json(code.terms),
        "most_uses": code.most_uses,
        "once": int(code.once),
        "from_at": code.from_at,
        "until_at": code.until_at,
    }


class CodeStore:
    """Lists and changes codes for operators.

    Args:
        database: Every method raises `StorageUnavailable` if it does not answer.
    """

    def __init__(self, database: Database) -> None:
        self.database = database

    async def find(self, code: str) -> StoredCode | None:
        """Return a code by its name in capitals, or None. One round trip."""
        found = _stored(await self.database.query(_FIND({"code": code})))
        return found[0] if found else None

    async def list(self, limit: int, after: str = "", open_at: int | None = None) -> list[StoredCode]:
        """Return codes by name. One round trip.

        Args:
            limit: Maximum number.
            after: The name after which they begin, or empty.
            open_at: Unix seconds at which they are neither over nor used up, or None for all codes.
        """
        sql = _LIST_ALL if open_at is None else _LIST_OPEN
        return _stored(await self.database.query(sql({"after_code": after, "limit": limit, "now": open_at})))

    async def revisions(self, codes: Sequence[str]) -> dict[str, int]:
        """Return the revision of each of some codes that exists. One round trip."""
        rows = await run_batch(self.database, {code: _REVISION({"code": code}) for code in codes})
        return {code: int(found[0]["revision"] or 0) for code, found in rows.items() if found}

    async def save(self, codes: Sequence[Code], action: str, change: CodeChange) -> bool:
        """Save codes, all or none, each with a row of the operators' log. What was used of a code that exists stays.

        One round trip.

        Args:
            codes: At least one, and each once. Their `revision` is that of the stored code, or 0 if there is none.
            action: What is done, such as `code add`.
            change: Who does it. The rows of the log of several codes have ids that begin with its id.

        Returns:
            Whether they were saved. They are not if any of them has another revision now.
        """
        ids = [f"{change.log_id}~{place:05}" for place in range(len(codes))] if len(codes) > 1 else [change.log_id]
        log = {"log_id": ids[0], "last_log_id": ids[-1]}
        values = [
            {**change.values(action, code.code), **_columns(code), "log_id": log_id, "log_before": before}
            for code, log_id, before in zip(codes, ids, ["", *ids], strict=False)
        ]
        statements = {f"log {number}": _LOG_SAVE(one) for number, one in enumerate(values)}
        statements |= {f"save {number}": _SAVE({**one, **log}) for number, one in enumerate(values)}
        rows = await run_batch(self.database, {**statements, "unlog": _UNLOG(log), "saved": _IS_LOGGED(log)})
        return bool(rows["saved"])

    async def end(self, code: str, change: CodeChange) -> tuple[StoredCode | None, bool]:
        """End a code now, with a row of the operators' log. One round trip.

        Args:
            code: In capitals.
            change: Who ends it.

        Returns:
            The code now, or None if there is none; and whether this call has ended it.
        """
        values = {**change.values("code end", code), "last_log_id": change.log_id}
        statements = {"log": _LOG_END, "end": _END, "code": _FIND, "ended": _IS_LOGGED}
        rows = await run_batch(self.database, {name: sql(values) for name, sql in statements.items()})
        found = _stored(rows["code"])
        return (found[0] if found else None), bool(rows["ended"])
