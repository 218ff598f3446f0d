"""The engine as a server: ASGI, uvicorn, logs, settings."""
