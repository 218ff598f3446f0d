"""A client of a shop and of the providers' pages, shared by the demo, the chaos run, the notebooks and the tests."""
