"""The edge: the engine as a Cloudflare Python Worker. The only place that imports `js`, `pyodide` or `workers`."""
