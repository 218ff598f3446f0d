"""The table of attempts: exact limits of what a stranger can try, counted by the hour in the batch that does it.

A key is a keyed hash of a caller's address or of an e-mail address, so the table names nobody. Hours are counted from the epoch
in UTC. Rows are deleted after a day.
"""

from typing import cast

from lightning_cart.domain.codes import Code
from lightning_cart.ports import Database, SqlValue
from lightning_cart.storage.codes import USED_BEFORE, row_to_code
from lightning_cart.storage.sql import Sql, run_batch

HOUR = 3600  # seconds
WRONG_CODES = 20  # of an address in an hour
FREE_ORDERS = 5  # of an address in an hour
_DAY = 24  # hours

# Counts a try of a code that does not exist. What exceeds the limit needs no exact number.
_COUNT_WRONG = Sql(f"""
    INSERT INTO attempts (key, hour, count)
    SELECT :caller, :hour, 1 FROM (SELECT 1 AS n) AS one WHERE NOT EXISTS (SELECT 1 FROM codes AS c WHERE c.code = :code)
    ON CONFLICT (key, hour) DO UPDATE SET count = attempts.count + 1 WHERE attempts.count <= {WRONG_CODES}
""")
# One row also if there is no such code. Only a code for once has uses by which its buyer is found: of another all have the same
# buyer, which is none.
_SELECT_CODE = Sql(f"""
    SELECT c.*, CASE WHEN c.once = 1 AND {USED_BEFORE} THEN 1 ELSE 0 END AS used_before, a.count AS tried
    FROM (SELECT 1 AS n) AS one LEFT JOIN codes AS c ON c.code = :code
    LEFT JOIN attempts AS a ON a.key = :caller AND a.hour = :hour
""")
# Selects from which hour on the next one is taken, if a free order is one too many of its address, or of its e-mail address for
# the same code or goods.
LIMIT_REACHED = f"""
    SELECT a.hour + 1 AS until FROM attempts AS a WHERE a.key = :caller AND a.hour = :hour AND a.count >= {FREE_ORDERS}
    UNION ALL SELECT a.hour + {_DAY} FROM attempts AS a WHERE a.key = :free_buyer AND a.hour > :hour - {_DAY}
"""
# A free order is open only until the end of the batch that saves it, so that the batch can be repeated.
COUNT_FREE = """
    INSERT INTO attempts (key, hour, count)
    SELECT k.key, :hour, 1 FROM (SELECT :caller AS key UNION ALL SELECT :free_buyer) AS k JOIN orders AS o ON o.id = :id
    WHERE o.status = 'open'
    ON CONFLICT (key, hour) DO UPDATE SET count = attempts.count + 1
"""
_END_ATTEMPTS = Sql(f"DELETE FROM attempts WHERE hour <= :hour - {_DAY}")


class CodeSearch:
    """Looks a code up, and counts the tries of codes that do not exist.

    Args:
        database: Every method raises `StorageUnavailable` if it does not answer.
    """

    def __init__(self, database: Database) -> None:
        self.database = database

    async def find(self, code: str, buyer: str, caller: str, now: int) -> tuple[Code | None, bool, bool]:
        """Return the code of this name or None, whether the buyer has used it, and whether the caller has tried too many.

        One round trip, which counts the try if there is no such code.

        Args:
            code: In capitals, or empty.
            buyer: The buyer's mark of this code, or empty.
            caller: The key of the caller's address.
            now: Unix seconds.
        """
        values: dict[str, SqlValue] = {"code": code, "code_buyer": buyer, "caller": f"code:{caller}", "hour": now // HOUR}
        rows = await run_batch(self.database, {"wrong": _COUNT_WRONG(values), "code": _SELECT_CODE(values)})
        (row,) = rows["code"]
        found = row_to_code(row) if row["code"] is not None else None
        return found, bool(row["used_before"]), cast("int", row["tried"] or 0) > WRONG_CODES


async def end_attempts(database: Database, now: int) -> None:
    """Delete attempts that are older than a day. One round trip."""
    await database.query(_END_ATTEMPTS({"hour": now // HOUR}))
