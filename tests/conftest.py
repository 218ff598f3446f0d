"""Settings of every test: property tests have no clock of their own, so that a slow machine changes nothing."""

from hypothesis import HealthCheck, settings

settings.register_profile("lightning-cart", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("lightning-cart")
