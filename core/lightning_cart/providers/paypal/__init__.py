"""PayPal: Orders v2, approved on PayPal's page and captured by us, and its webhooks."""
