"""Where the sandbox shows the merchant's, the bank's and time's buttons of a purchase."""


def dashboard_path(strategy: str, session_id: str, stripe_session: str) -> str:
    """The path of the sandbox's own page about a purchase.

    Args:
        strategy: It was bought with.
        session_id: Of its checkout, as the engine knows it.
        stripe_session: Of Stripe's, the session that a visit of its page opened.
    """
    places = {"paypal": f"/paypal/orders/{session_id}", "square": f"/square/links/{session_id.partition(':')[0]}"}
    return places.get(strategy, f"/stripe/sessions/{stripe_session}")


PENDING_OUTCOMES = {"stripe": ("async_success", "async_failure"), "paypal": ("settle", "deny")}
"""By a provider's name, the buttons that end a payment which takes its time: it arrives, or it never does."""
