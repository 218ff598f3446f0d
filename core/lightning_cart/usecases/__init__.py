"""One module for each thing that somebody wants of the engine."""
