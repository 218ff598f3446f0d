"""What Lightning-Cart costs, measured beside what it could be compared with."""
