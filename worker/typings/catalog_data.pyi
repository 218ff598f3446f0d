# What staging compiles from config/products.toml and config/sites.toml.
from lightning_cart.catalog import Catalog

CATALOG: Catalog
