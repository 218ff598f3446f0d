"""Harnesses, doubles, clients and builders that tests share."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
"""The repository."""
