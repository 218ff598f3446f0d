"""The commands about orders: `lightning-cart orders`."""
