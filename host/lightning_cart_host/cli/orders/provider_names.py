"""How providers are called, and where at them a dispute is answered."""

_NAMES = {"paypal": "PayPal"}
_DISPUTE_PAGES = {
    "paypal": "in PayPal's Resolution Center",
    "square": "in Square's Dashboard, under Payments & orders, Disputes",
    "stripe": "in Stripe's Dashboard, under Payments, Disputes",
}


def provider_name(provider: str) -> str:
    """Return a provider's name for people, such as `Stripe`."""
    return _NAMES.get(provider, provider.replace("_", " ").title())


def dispute_page(provider: str) -> str:
    """Return where a dispute is answered, as a phrase."""
    return _DISPUTE_PAGES.get(provider, f"at {provider_name(provider)}")
