"""`lightning-cart chaos`: many buyers buy under injected faults, then every order is compared with the provider's ledger."""
