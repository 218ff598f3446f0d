# What staging compiles from config/products.toml and config/sites.toml.
from lightning_cart.domain.catalog import Catalog

CATALOG: Catalog
