"""Settings of every test: property tests have no clock of their own, so that a slow machine changes nothing."""

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling

settings.register_profile("lightning-cart", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("lightning-cart")


class Sharing(LoadScopeScheduling):
    """Keeps what shares a fixture on one core, where the tests run on several: a file's tests, and all of `tests/runtimes`."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        if file.endswith("test_fifth_provider.py"):
            return nodeid  # each of its tests is a run of its own, and takes long
        return "runtimes" if file.startswith("tests/runtimes/") else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Sharing:
    """Share the tests out so."""
    return Sharing(config, log)
