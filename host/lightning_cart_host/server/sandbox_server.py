"""Runs `lightning-cart sandbox` until it is stopped, and opens a sandbox for other commands."""

import contextlib
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from lightning_cart.errors import ConfigurationError
from lightning_cart.settings import valid_base_url
from lightning_cart_host.server.log import LogFormat, choose_log
from lightning_cart_host.server.sandbox_link import connect_engine
from lightning_cart_host.server.shutdown import graceful_shutdown
from lightning_cart_host.server.uvicorn_server import bind, format_address, send_library_logs_to, serve

_DASHBOARD = "# Payments, webhooks, the ledger and keys, in a browser:"
_FOR_ENGINE = "# Settings for the .env of an engine that works with this sandbox."
_FOR_CLIENTS = "# Keys and base URLs of this sandbox, for any client."


@dataclass(frozen=True, slots=True)
class SandboxPlan:
    """What a sandbox is started with.

    Args:
        host: The address to listen on.
        port: The port to listen on; 0 for any that is free.
        ports: A port for each provider that also gets one of its own; 0 for any that is free.
        public_url: The URL at which browsers and clients reach the sandbox, if it is not the address it listens on.
        state: Its SQLite file, or `:memory:`.
        webhook: The engine's webhook URL, or empty.
        secret: Signs Stripe's webhooks; generated if empty.
        chaos: Fault rates, as in `open_sandbox`.
        keys: The keys that each provider accepts; a provider that is not named has the sandbox's default key.
        any_key: Whether every well-formed test key is accepted.
        stripe_version: The version of Stripe's API for requests and webhook endpoints that name none; the newest if empty.
        log_format: The format of the log.
    """

    host: str
    port: int
    ports: Mapping[str, int] = field(default_factory=dict)
    public_url: str = ""
    state: str = ":memory:"
    webhook: str = ""
    secret: str = ""
    chaos: str = ""
    keys: Mapping[str, Sequence[str]] = field(default_factory=dict)
    any_key: bool = False
    stripe_version: str = ""
    log_format: LogFormat = LogFormat.AUTO


def open_sandbox(
    address: str,
    state: str,
    webhook: str,
    secret: str = "",
    chaos: str = "",
    **options: Any,  # noqa: ANN401 - `create_sandbox` declares them
) -> tuple[Any, dict[str, str]]:
    """Create a sandbox as an ASGI application. The end of its lifespan closes it.

    Args:
        address: Its own base URL.
        state: Its SQLite file, or `:memory:`.
        webhook: The engine's webhook URL, or empty. It replaces the webhook endpoints of an earlier run.
        secret: Signs Stripe's webhooks; generated if empty.
        chaos: Fault rates, such as `seed=7 duplicate=0.1`; no faults if empty.
        **options: Further arguments of `create_sandbox`.

    Returns:
        The application, and the settings that an engine needs to use it: none without `webhook`.

    Raises:
        ConfigurationError: `webhook` is not a URL that the sandbox can call, `state` is not a usable file or another sandbox's,
            or `chaos` or a key cannot be parsed.
    """
    from lightning_cart_sandbox import Chaos, StateInUse, create_sandbox  # noqa: PLC0415 - an extra that may not be installed

    try:
        rates = Chaos.parse(chaos)
    except ValueError as error:
        raise ConfigurationError(f"--chaos cannot be parsed: {error}") from error
    try:
        app = create_sandbox(address, state=state, chaos=rates, **options)
    except (sqlite3.Error, OSError) as error:
        reason = error.strerror if isinstance(error, OSError) else error  # an `OSError` names the lock file
        raise ConfigurationError(f"the sandbox cannot keep its state in {state}: {reason}") from error
    except StateInUse as error:
        raise ConfigurationError(str(error)) from error
    except ValueError as error:
        raise ConfigurationError(f"the sandbox cannot be started: {error}") from error
    sandbox = app.state.sandbox
    with sandbox.store.closed_on_error():  # no lifespan has started that would close it
        return app, connect_engine(sandbox, webhook, secret) if webhook else {}


async def serve_sandbox(plan: SandboxPlan, *, say: Callable[[str], None]) -> None:
    """Serve a sandbox until it is stopped.

    Args:
        plan: What it is started with.
        say: Prints the settings that an engine needs, or the keys and URLs for any client, as text for a `.env`; called once.

    Raises:
        ConfigurationError: A port is taken, `public_url` or `webhook` is not a URL, or `chaos` or a key cannot be parsed.
    """
    if plan.public_url and (complaint := valid_base_url(plan.public_url)):
        raise ConfigurationError(f"the URL of --public-url {complaint}")
    if urlsplit(plan.public_url).path:
        raise ConfigurationError("the URL of --public-url must have no path, as the sandbox links its pages by paths")
    log = choose_log(plan.log_format)
    send_library_logs_to(log)
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(bind(plan.host, plan.port))
        own = {name: stack.enter_context(bind(plan.host, port, f"--{name}-port")) for name, port in plan.ports.items()}
        address = plan.public_url or format_address(listener, plan.host)
        app, settings = open_sandbox(
            address,
            plan.state,
            plan.webhook,
            plan.secret,
            plan.chaos,
            ports={name: opened.getsockname()[1] for name, opened in own.items()},
            follow_host=not plan.public_url,
            keys=plan.keys,
            any_key=plan.any_key,
            stripe_version=plan.stripe_version,
        )
        roots = {name: format_address(opened, plan.host) for name, opened in own.items()}
        head = _FOR_ENGINE if settings else _FOR_CLIENTS
        lines = [f"{name}={value}" for name, value in (settings or app.state.sandbox.client_settings(roots)).items()]
        say("\n".join([f"{_DASHBOARD} {address}/", head, *lines]))
        async with graceful_shutdown(), serve(app, listener, plan.host, *own.values()) as served:
            providers = list(app.state.sandbox.providers)
            log("serving", address=served.address, providers=providers, ports=roots, webhook=plan.webhook, state=plan.state)
            await served.ended()
