"""Ids that sort by the time they were made: ULIDs, so that the newest orders are found by their primary key alone."""

RANDOM_BITS = 80
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32


def make_id(milliseconds: int, randomness: int) -> str:
    """An id: 26 characters, 48 bits of time and 80 bits of randomness (ULID specification).

    Args:
        milliseconds: Since 1970.
        randomness: Of `RANDOM_BITS` bits, from a source that nobody can guess.
    """
    value = milliseconds << RANDOM_BITS | randomness
    return "".join(ALPHABET[value >> shift & 31] for shift in range(125, -1, -5))
