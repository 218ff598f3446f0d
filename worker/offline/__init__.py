"""What `make edge` needs beside the Worker. Never uploaded."""
