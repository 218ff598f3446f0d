"""This machine's loopback address, and its free ports."""

import socket

LOOPBACK_HOST = "127.0.0.1"


def free_port() -> int:
    """Return a TCP port that no process listens on now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK_HOST, 0))
        return int(probe.getsockname()[1])
