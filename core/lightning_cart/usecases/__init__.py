"""The use cases: one module for each operation of the engine."""
