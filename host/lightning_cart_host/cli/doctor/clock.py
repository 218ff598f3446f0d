"""Compares this machine's clock with the time that providers write into their responses."""

from collections.abc import Mapping

from lightning_cart_host.cli.doctor.check import Check, failed, passed, warned

_WARN_SECONDS = 30
_FAIL_SECONDS = 240  # Stripe's webhooks are refused from 300 seconds on
_ADVICE = (
    "set the clock: sudo timedatectl set-ntp true on Linux, sudo sntp -sS time.apple.com on macOS, w32tm /resync on Windows; "
    "in a container, on its host"
)


def check_clock(ahead: Mapping[str, float]) -> list[Check]:
    """Compare the clock, if any provider said its time.

    Args:
        ahead: Seconds by which this machine's clock is ahead, by provider. The smallest counts: a provider may be wrong, too.
    """
    if not ahead:
        return []
    provider = min(ahead, key=lambda name: abs(ahead[name]))
    seconds = round(abs(ahead[provider]))
    if seconds < _WARN_SECONDS:
        return [passed("clock", f"as {provider}'s, within {max(seconds, 1)} s")]
    detail = f"{seconds} seconds {'ahead of' if ahead[provider] > 0 else 'behind'} the clock of {provider}"
    if seconds < _FAIL_SECONDS:
        return [warned("clock", detail, _ADVICE)]
    return [failed("clock", f"{detail}: from 300 seconds on, Stripe's webhooks are refused", _ADVICE)]
