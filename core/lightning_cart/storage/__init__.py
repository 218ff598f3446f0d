"""All SQL of the engine: one module for each table, over the `Database` port."""
