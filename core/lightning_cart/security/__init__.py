"""Signatures, receipts and log redaction."""
