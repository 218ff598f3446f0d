"""The Cloudflare Worker: what is uploaded, and how it runs on this machine."""
