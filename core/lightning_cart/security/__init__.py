"""Signatures, receipts, and what a log may contain."""
