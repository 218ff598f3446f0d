"""The ports of the core on a host: SQLite, httpx, random ids."""
