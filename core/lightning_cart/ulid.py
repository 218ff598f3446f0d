"""ULIDs: ids that sort by the time they were created, so the primary key alone finds the newest orders."""

RANDOM_BITS = 80
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32


def make_id(milliseconds: int, randomness: int) -> str:
    """Return a ULID: 26 characters for 48 bits of time and 80 bits of randomness (ULID specification).

    Args:
        milliseconds: Since 1970.
        randomness: `RANDOM_BITS` bits from a cryptographic source.
    """
    value = milliseconds << RANDOM_BITS | randomness
    return "".join(ALPHABET[value >> shift & 31] for shift in range(125, -1, -5))
