"""The exit codes of every command, in one table, which `lightning-cart --help` and the documentation show."""

DONE, FAILED, TO_CORRECT, INTERRUPTED = 0, 1, 2, 130

EXIT_CODES = (
    (DONE, "Done. A server that is stopped with Ctrl-C or `kill` has done its work, too."),
    (FAILED, "It looked and found something wrong, or something failed: the message says what."),
    (TO_CORRECT, "You have to correct something: an option, a setting, the catalogue or a file."),
    (INTERRUPTED, "Interrupted with Ctrl-C before it was done."),
)


def exit_codes_help() -> str:
    """Return the table as a Markdown list, one item for each code."""
    return "Exit codes:\n\n" + "\n".join(f"- {code}: {meaning}" for code, meaning in EXIT_CODES)
