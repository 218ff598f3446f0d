"""Measures Lightning-Cart beside comparable software."""
