"""`lightning-cart chaos`: a crowd buys while things go wrong, and then every order is judged by the provider's own books."""
