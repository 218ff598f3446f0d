"""A double-entry ledger, so that no money appears or vanishes.

A test purchase shows money leaving one account and arriving in another. The entries of every transaction sum to zero; the
ledger refuses anything else. Amounts are integers in minor units.
"""

from lightning_cart_sandbox.document_store import DocumentStore
from lightning_cart_sandbox.money import display
from lightning_cart_sandbox.types import Clock, Json, NewId

PAYOUT_ACCOUNT = "FECU payout account"

_SCHEMA = """
CREATE TABLE IF NOT EXISTS ledger_transactions (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    at REAL NOT NULL,
    description TEXT NOT NULL,
    reference TEXT NOT NULL,
    currency TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS ledger_entries (
    transaction_id TEXT NOT NULL REFERENCES ledger_transactions (id),
    account TEXT NOT NULL,
    amount_minor INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS ledger_entries_by_transaction ON ledger_entries (transaction_id);
"""


class Ledger:
    """The transactions of all providers.

    Args:
        store: The database.
        clock: Unix seconds.
        new_id: Fresh identifiers.
    """

    def __init__(self, store: DocumentStore, clock: Clock, new_id: NewId) -> None:
        self._store = store
        self._clock = clock
        self._new_id = new_id
        store.script(_SCHEMA)

    def write(self, description: str, entries: dict[str, int], *, currency: str, reference: str) -> None:
        """Write a transaction.

        Args:
            description: A description for people.
            entries: Minor units by account name; a negative amount leaves the account.
            currency: Three letters, in any case.
            reference: The provider's id of the payment, refund or dispute.

        Raises:
            ValueError: The entries do not sum to zero.
        """
        if sum(entries.values()) != 0:
            raise ValueError(f"a transaction's entries must sum to zero: {entries}")
        identifier = self._new_id("ltx")
        with self._store.transaction():
            self._store.rows(
                "INSERT INTO ledger_transactions (id, at, description, reference, currency) VALUES (?, ?, ?, ?, ?)",
                (identifier, self._clock(), description, reference, currency.upper()),
            )
            for account, amount in entries.items():
                self._store.rows("INSERT INTO ledger_entries VALUES (?, ?, ?)", (identifier, account, amount))

    def accounts(self) -> list[Json]:
        """Return every account with its balance, in the order of first use."""
        rows = self._store.rows(
            "SELECT account, currency, sum(amount_minor) AS balance FROM ledger_entries "
            "JOIN ledger_transactions ON id = transaction_id GROUP BY account, currency ORDER BY min(seq), min(amount_minor)"
        )
        return [
            {
                "name": row["account"],
                "currency": row["currency"],
                "balance_minor": row["balance"],
                "display": display(row["balance"], row["currency"]),
            }
            for row in rows
        ]

    def transactions(self) -> list[Json]:
        """Return every transaction with its entries, oldest first."""
        entries: dict[str, list[Json]] = {}
        for row in self._store.rows("SELECT * FROM ledger_entries ORDER BY rowid"):
            entry = {"account": row["account"], "amount_minor": row["amount_minor"]}
            entries.setdefault(row["transaction_id"], []).append(entry)
        return [
            {
                "id": row["id"],
                "at": int(row["at"]),
                "description": row["description"],
                "reference": row["reference"],
                "currency": row["currency"],
                "entries": entries.get(row["id"], []),
            }
            for row in self._store.rows("SELECT * FROM ledger_transactions ORDER BY seq")
        ]

    def buyer_totals(self) -> list[Json]:
        """Return what buyers were `charged` and `refunded` in minor units, by reference and currency."""
        # Only buyers' accounts have the last digits of a card or bank account in their names.
        found = self._store.rows(
            "SELECT reference, currency, sum(max(0, -amount_minor)) AS charged, sum(max(0, amount_minor)) AS refunded "
            "FROM ledger_transactions JOIN ledger_entries ON id = transaction_id WHERE account LIKE '% ••%' "
            "GROUP BY reference, currency"
        )
        return [dict(row) for row in found]

    def report(self) -> Json:
        """Return the whole ledger for `/api/ledger`, with `balanced` computed from the entries."""
        accounts, transactions = self.accounts(), self.transactions()
        totals: dict[str, int] = {}
        for account in accounts:
            totals[account["currency"]] = totals.get(account["currency"], 0) + account["balance_minor"]
        each = all(sum(entry["amount_minor"] for entry in one["entries"]) == 0 for one in transactions)
        return {"accounts": accounts, "transactions": transactions, "balanced": each and not any(totals.values())}
