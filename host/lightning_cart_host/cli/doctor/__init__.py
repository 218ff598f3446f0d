"""The checks of `lightning-cart doctor`, a module for each thing that is checked."""
