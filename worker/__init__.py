"""Runs the engine as a Cloudflare Python Worker. The only package that imports `js`, `pyodide` or `workers`."""
