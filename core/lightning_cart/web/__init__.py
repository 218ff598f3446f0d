"""HTTP in and out: routes, problems, and the JSON that callers see."""
