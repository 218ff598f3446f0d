"""Lightning-Cart on a host of one's own: an ASGI adapter, a SQLite database, an httpx sender, and the command line.

`asgi.AsgiApp` runs the engine under any ASGI server, `assembly.open_host` builds the engine from configuration files and an
environment, and `cli.main` is the command `lightning-cart`.
"""
