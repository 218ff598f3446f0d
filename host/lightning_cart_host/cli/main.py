"""Runs the command `lightning-cart`. An error ends it with one sentence instead of a traceback."""

import sys

from lightning_cart.errors import ConfigurationError, LightningCartError
from lightning_cart.security.redaction import redact

_FAILED, _TO_BE_CORRECTED = 1, 2


def _run() -> None:
    from lightning_cart_host.cli.commands import app  # noqa: PLC0415 - the extra that it needs may not be installed

    app(prog_name="lightning-cart")


def main() -> None:
    """Run the command line. Exit code 2: the caller has to correct something; 1: something failed."""
    try:
        _run()
    except LightningCartError as error:
        sys.stderr.write(f"lightning-cart: {redact(str(error) or type(error).__name__)}\n")
        sys.exit(_TO_BE_CORRECTED if isinstance(error, ConfigurationError) else _FAILED)
    except ModuleNotFoundError as error:
        sys.stderr.write(f"lightning-cart: {error.name} is missing: pip install 'lightning-cart[host,sandbox]'\n")
        sys.exit(_TO_BE_CORRECTED)
    except KeyboardInterrupt:
        sys.exit(0)
