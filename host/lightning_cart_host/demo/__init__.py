"""The demo: a scripted buyer pays in each way, and every exchange is shown."""
