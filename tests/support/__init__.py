"""What tests share: harnesses, doubles, clients and builders."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
"""The repository."""
