"""Other people's programs, run against the sandbox: `make clients`."""
