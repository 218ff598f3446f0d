"""Proxies of the environment. They lead out of this machine, so a sandbox on loopback is reached without them."""

from urllib.request import getproxies, proxy_bypass

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
# For `mounts` of an httpx client.
NO_PROXY_MOUNTS = {f"all://{f'[{host}]' if ':' in host else host}": None for host in _LOOPBACK}


class Proxies:
    """The proxies that `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` or the system name. They are read once."""

    def __init__(self) -> None:
        found = getproxies()
        exempts_all = "*" in map(str.strip, found.get("no", "").split(","))
        self._by_scheme = {} if exempts_all else found

    def find(self, scheme: str, host: str, port: int | None) -> str | None:
        """Return the URL of the proxy for a server, or None if the connection is direct.

        Args:
            scheme: `http` or `https`.
            host: Its name or address; IPv6 without brackets.
            port: Its port, or None.
        """
        proxy = self._by_scheme.get(scheme) or self._by_scheme.get("all")
        if not proxy or host in _LOOPBACK or proxy_bypass(f"{host}:{port}" if port else host):
            return None
        return proxy if "://" in proxy else f"http://{proxy}"
