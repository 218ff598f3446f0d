# ruff: noqa: PLC0415 - each command imports what it needs by itself, so that `--help` is fast
"""The command `lightning-cart sandbox`. It needs no more than the extra `sandbox`."""

from typing import Annotated

import typer

from lightning_cart.errors import ConfigurationError
from lightning_cart_host.cli.options import MEMORY, FaultRates, HostOption, LogFormatOption, Port, State, check_port
from lightning_cart_host.server.log import LogFormat
from lightning_cart_host.server.loopback import LOOPBACK_HOST
from lightning_cart_host.server.shutdown import run_server

ProviderPort = Annotated[
    int | None,
    typer.Option(
        help="A port of its own for this provider, where its API is at the root, for SDKs that take no path; 0 for any that "
        "is free.",
        show_default="none",
        metavar="PORT",
        callback=check_port,
    ),
]


def sandbox(
    *,
    host: HostOption = LOOPBACK_HOST,
    port: Port = 8090,
    stripe_port: ProviderPort = None,
    paypal_port: ProviderPort = None,
    square_port: ProviderPort = None,
    public_url: Annotated[
        str,
        typer.Option(
            help="Where browsers and clients reach the sandbox, such as https://sandbox.example behind a proxy.",
            show_default="the address it listens on",
        ),
    ] = "",
    stripe_key: Annotated[
        list[str] | None,
        typer.Option(
            help="A key that Stripe accepts, such as sk_test_my_shop, or rk_test_my_shop=charge_read,event_read; repeatable.",
            metavar="KEY",
            envvar="SANDBOX_STRIPE_KEY",
            show_default="sk_test_sandbox",
        ),
    ] = None,
    paypal_key: Annotated[
        list[str] | None,
        typer.Option(
            help="Credentials that PayPal accepts, as CLIENT_ID:SECRET; repeatable.",
            metavar="KEY",
            envvar="SANDBOX_PAYPAL_KEY",
            show_default="sandbox-client:sandbox-client-secret",
        ),
    ] = None,
    square_key: Annotated[
        list[str] | None,
        typer.Option(
            help="A token that Square accepts, such as EAAAkey_of_my_shop; with =ORDERS_READ,PAYMENTS_READ after it, for "
            "these rights alone; repeatable.",
            metavar="TOKEN",
            envvar="SANDBOX_SQUARE_KEY",
            show_default="sandbox-access-token",
        ),
    ] = None,
    any_key: Annotated[
        bool, typer.Option("--any-key", help="Accept every well-formed test key, unless /keys says that it is revoked.")
    ] = False,
    stripe_version: Annotated[
        str,
        typer.Option(
            help="The version of Stripe's API for requests and webhooks that name none, such as 2024-06-20.",
            show_default="the newest",
        ),
    ] = "",
    state: State = MEMORY,
    webhook: Annotated[
        str,
        typer.Option(
            help="The engine's webhook URL: its PUBLIC_URL and /webhook. Each provider's events go to its name below it. "
            "A URL that ends in a provider's name, such as …/webhook/stripe, connects that provider only."
        ),
    ] = "",
    webhook_secret: Annotated[
        str,
        typer.Option(help="Signs Stripe's events: the engine's STRIPE_WEBHOOK_SECRET.", show_default="a generated one"),
    ] = "",
    chaos: FaultRates = "",
    log_format: LogFormatOption = LogFormat.AUTO,
) -> None:
    """Run the sandbox: local provider APIs, payment pages, webhooks and a ledger. No real money.

    It accepts its own keys only; /keys lists them, and revokes one to rehearse that. With --webhook, print the settings that
    an engine needs to use it, as lines for its .env; else its keys and URLs. The log goes to standard error.
    """
    from lightning_cart_host.server.sandbox_server import SandboxPlan, serve_sandbox

    if webhook_secret and not webhook:
        raise ConfigurationError("--webhook-secret signs what goes to --webhook: give that too")
    wanted = {"stripe": stripe_port, "paypal": paypal_port, "square": square_port}
    keys = {"stripe": stripe_key, "paypal": paypal_key, "square": square_key}
    plan = SandboxPlan(
        host=host,
        port=port,
        ports={name: own for name, own in wanted.items() if own is not None},
        public_url=public_url.rstrip("/"),
        state=state,
        webhook=webhook,
        secret=webhook_secret,
        chaos=chaos,
        keys={name: given for name, given in keys.items() if given},
        any_key=any_key,
        stripe_version=stripe_version,
        log_format=log_format,
    )
    run_server(serve_sandbox(plan, say=typer.echo))
