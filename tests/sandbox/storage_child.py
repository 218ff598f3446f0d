"""A process that pays at a sandbox on a state file, until it is killed or its files may grow no more."""

import json
import resource
import signal
import sys
from pathlib import Path

from support.sandbox_clients import StripeClient, session_params


def pay_once(client: StripeClient) -> int:
    """Create a session and pay it; return the status of the first response that is an error, or 200."""
    made = client.api("POST", "checkout/sessions", session_params())
    if made.status_code >= 500:
        return made.status_code
    paid = client.pay(made.json())
    return paid.status_code if paid.status_code >= 500 else 200


def pay(client: StripeClient) -> None:
    """Pay until the process is killed."""
    while pay_once(client) == 200:
        sys.stdout.write("paid\n")
        sys.stdout.flush()


def fill(client: StripeClient, state: str) -> None:
    """Pay until the state file may grow no more, then let it grow again and pay once more."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    size = max(path.stat().st_size for path in Path(state).parent.iterdir())
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 200_000, hard))
    paid_before, refused = 0, 200
    while refused == 200:
        refused = pay_once(client)
        paid_before += refused == 200
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    told = {
        "paid_before": paid_before,
        "refused": refused,
        "paid_after": pay_once(client),
        "charges": len(client.sandbox.store.find("charge")),
        "balanced": client.sandbox.ledger.report()["balanced"],
    }
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    what, state = sys.argv[1:]
    client = StripeClient(state)
    if what == "pay":
        pay(client)
    else:
        fill(client, state)
