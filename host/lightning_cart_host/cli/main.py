"""Runs the command `lightning-cart`. An error ends it with one sentence instead of a traceback."""

import errno
import os
import platform
import sys
import traceback

from lightning_cart import __version__
from lightning_cart.errors import ConfigurationError, LightningCartError
from lightning_cart.security.redaction import error_location, redact
from lightning_cart_host.cli.exit_codes import FAILED, INTERRUPTED, TO_CORRECT
from lightning_cart_host.output import finish_output, printable, write_legibly

TRACEBACK = "LIGHTNING_CART_TRACEBACK"  # an environment variable: 1 shows the traceback of an unexpected error
_FULL = {errno.ENOSPC, errno.EFBIG, errno.EIO}  # why no more can be written
EXTRAS = frozenset(
    [
        "aiohttp",
        "certifi",
        "cryptography",
        "httpx",
        "jinja2",
        "lightning_cart_sandbox",
        "python_multipart",
        "rich",
        "sniffio",
        "starlette",
        "typer",
        "uvicorn",
    ]
)
_OF_POSTGRES = frozenset(["psycopg"])


def _run() -> None:
    # Imported here, because the extra that they need may not be installed.
    from lightning_cart_host.cli.commands import app  # noqa: PLC0415
    from lightning_cart_host.cli.completion_command import PROGRAM, VARIABLE  # noqa: PLC0415

    if VARIABLE in os.environ:
        from typer.completion import completion_init  # type: ignore[attr-defined]  # noqa: PLC0415 - there in every release

        completion_init()
    app(prog_name=PROGRAM)


def _say(sentence: str) -> None:
    sys.stderr.write(f"lightning-cart: {printable(redact(sentence))}\n")


def _report_unexpected(error: Exception) -> None:
    """Say where an unexpected error was raised. Its message is left out, because it may quote what a buyer sent."""
    if os.environ.get(TRACEBACK) == "1":
        sys.stderr.write(printable(redact("".join(traceback.format_exception(error)))))
    system = f"Lightning-Cart {__version__}, Python {platform.python_version()} on {sys.platform}"
    _say(
        f"unexpected {type(error).__name__} at {error_location(error)}. Please report this line ({system}); "
        f"{TRACEBACK}=1 shows the traceback"
    )


def _exit_code(error: Exception) -> int:
    """Say in one sentence what an error means, and return the exit code."""
    match error:
        case LightningCartError():
            _say(str(error) or type(error).__name__)
            return TO_CORRECT if isinstance(error, ConfigurationError) else FAILED
        case ModuleNotFoundError(name=str(name)) if name.partition(".")[0] in EXTRAS | _OF_POSTGRES:
            extra = "postgres" if name in _OF_POSTGRES else "sandbox"
            _say(f"{name} is missing: pip install 'lightning-cart[host,{extra}]'")
            return TO_CORRECT
        case BrokenPipeError():
            return FAILED
        case OSError(filename=str(name), strerror=str(reason)):
            _say(f"{name}: {reason}")
            return FAILED
        case OSError(errno=int(number), strerror=str(reason)) if number in _FULL:
            _say(f"the output cannot be written: {reason}")
            return FAILED
        case _:
            _report_unexpected(error)
            return FAILED


def main() -> None:
    """Run the command line, and exit with one of the codes in `EXIT_CODES`."""
    write_legibly()
    code: str | int | None = 0
    try:
        _run()
    except SystemExit as end:
        code = end.code
    except KeyboardInterrupt:
        code = INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the last resort of every command
        code = _exit_code(error)
    try:
        finish_output()
    except OSError as error:
        code = code or _exit_code(error)
    sys.exit(code)
