"""The words of SQL that each database writes in its own way. Everything else is one text for all of them."""

OBJECT = "json_object"  # makes a JSON object of names and values
