"""Which certificates are trusted: those of certifi, or those that `SSL_CERT_FILE` or `SSL_CERT_DIR` names."""

import functools
import os
import ssl

import certifi


@functools.cache
def trusted_certificates() -> ssl.SSLContext:
    """Return the settings of TLS for all connections. Reading the certificates takes longer than a command should."""
    file, folder = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
    context = ssl.create_default_context(cafile=file or (None if folder else certifi.where()), capath=None if file else folder)
    context.set_alpn_protocols(["http/1.1"])
    return context
