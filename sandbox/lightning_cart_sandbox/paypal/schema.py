"""What PayPal says about a request's JSON: everything that is wrong, each with the JSON pointer of its field."""

import re
from collections.abc import Iterator

from lightning_cart_sandbox import schema
from lightning_cart_sandbox.paypal.errors import problem, refused
from lightning_cart_sandbox.paypal.money import VALUE
from lightning_cart_sandbox.schema import FieldType, Path, Rule, Text, Violation
from lightning_cart_sandbox.types import Json

_ISSUES = {
    Rule.TOO_LONG: "INVALID_STRING_LENGTH",
    Rule.TOO_SHORT: "INVALID_STRING_LENGTH",
    Rule.CHOICE: "INVALID_PARAMETER_VALUE",
    Rule.ARRAY_TOO_SHORT: "INVALID_ARRAY_MIN_ITEMS",
    Rule.ARRAY_TOO_LONG: "INVALID_ARRAY_MAX_ITEMS",
    Rule.MISSING: "MISSING_REQUIRED_PARAMETER",
    Rule.UNKNOWN: "SANDBOX_UNKNOWN_FIELD",
    Rule.UNSUPPORTED: "SANDBOX_NOT_IMITATED",
}


class Fields(schema.Fields):
    """An object with named members. PayPal names what is missing first, and the rest in the request's order."""

    def check(self, value: object, path: Path) -> Iterator[Violation]:
        """Check for missing names, then each name that was given."""
        if not isinstance(value, dict):
            yield Violation(Rule.OBJECT, path)
            return
        yield from self.check_required(value, path)
        for name, member in value.items():
            if name in self.members:
                yield from self.members[name].check(member, (*path, name))
            else:
                yield Violation(Rule.UNKNOWN, (*path, name))


def read[T](field: FieldType, value: T) -> T:
    """Return a value after its check.

    Raises:
        PayPalError: 400, with everything that is wrong.
    """
    if found := problems(field, value):
        raise refused(found)
    return value


def problems(field: FieldType, value: object, path: Path = ()) -> list[Json]:
    """Return everything that is wrong with a value, as entries of an error's `details`."""
    return [_problem(violation) for violation in field.check(value, path)]


def _problem(violation: Violation) -> Json:
    pointer = "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in violation.path)
    if violation.rule in {Rule.OBJECT, Rule.ARRAY}:
        pointer = pointer or "/"
    issue = _ISSUES.get(violation.rule, "INVALID_PARAMETER_SYNTAX")
    if violation.rule is Rule.FORMAT and violation.expected:
        issue = violation.expected
    return problem(issue, pointer, violation.value)


MONEY = Fields(
    {"currency_code": Text(3, 3), "value": Text(32, accepts=re.compile(VALUE).fullmatch)},
    required=("currency_code", "value"),
)
