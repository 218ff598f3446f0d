"""Judges of the sandbox's answers and webhooks, by the types of the providers' official SDKs."""
