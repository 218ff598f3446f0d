"""The demo: a scripted buyer pays with each strategy, and every exchange is shown."""
