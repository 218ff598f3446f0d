"""Files that are generated from the code: the examples of settings, the status diagram."""
