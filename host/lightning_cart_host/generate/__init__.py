"""Files that are generated from the code: the example settings and the status diagram."""
