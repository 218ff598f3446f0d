"""Lightning-Cart on a host: an ASGI application, databases, an HTTP client, and the command line.

`server.assembly.open_host` builds the engine from configuration files and an environment, `server.asgi.AsgiApp` runs it in
any ASGI server, and `cli.main` is the command `lightning-cart`.
"""
