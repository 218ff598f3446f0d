"""Support for `make edge`. Never uploaded."""
