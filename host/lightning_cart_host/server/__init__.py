"""The engine as a server: assembly, settings, ASGI, uvicorn and logs."""
