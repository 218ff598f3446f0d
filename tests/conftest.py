"""Settings of every test: property tests have no clock of their own, so that a slow machine changes nothing."""

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("lightning-cart", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("lightning-cart")

TOGETHER = {"edge"}  # folders whose files share what takes long to start
APART = {"test_fifth_provider.py"}  # files whose tests take long each, and share nothing


@pytest.hookimpl(tryfirst=True)  # before the groups are read
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep what shares a fixture on one core, where there are several."""
    for item in items:
        folder, file = item.path.parent.name, item.path.name
        group = folder if folder in TOGETHER else item.nodeid if file in APART else str(item.path)
        item.add_marker(pytest.mark.xdist_group(group))
