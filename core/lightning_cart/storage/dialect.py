"""The words of SQL that each database writes in its own way. Everything else is one text for all of them.

They are SQLite's, also on D1. The adapter of another database replaces them.
"""

OBJECT = "json_object"  # makes a JSON object of names and values; CAST(… AS TEXT) it
