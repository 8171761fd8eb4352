"""To whom an answer may go: mail addresses of a person's own writing, checked before anything is
kept. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import parseaddr

from hub.core.errors import Invalid
from hub.customers.normalise import Refusal, has_control, parse_email

MAX_RECIPIENTS = 50  # of one answer; more is a mailing, which no agent sends by hand


@dataclass(frozen=True, slots=True)
class Recipients:
    """`to` None: to where the customer wrote from."""

    to: tuple[str, ...] | None = None
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()


def check_recipients(
    to: Sequence[str] | None, cc: Sequence[str], bcc: Sequence[str], *, can_choose: bool
) -> Recipients:
    """Return the addresses as they are sent to. `can_choose`: the channel takes other recipients.

    Raises Invalid that names the field.
    """
    fields = {"to": to or (), "cc": cc, "bcc": bcc}
    given = [field for field, addresses in fields.items() if addresses]
    if given and not can_choose:
        raise Invalid(
            "On this channel an answer goes to where the customer wrote from.",
            code="reply.no_recipients",
            field=given[0],
        )
    count = 0
    for field in given:
        count += len(fields[field])
        if count > MAX_RECIPIENTS:
            raise Invalid(
                f"An answer goes to at most {MAX_RECIPIENTS} addresses.",
                code="reply.too_many_recipients",
                field=field,
            )
    return Recipients(
        _checked("to", fields["to"]) or None, _checked("cc", cc), _checked("bcc", bcc)
    )


def check_mail_address(field: str, text: str) -> str:
    """Return one mail address as it is sent to, without the name it may be written with
    (RFC 5322 3.4, "Li Na <li@example.test>"). Raises Invalid that names the field.
    """
    bracketed = parseaddr(text)[1] if text.rstrip().endswith(">") else text
    address = parse_email(bracketed or text)
    if isinstance(address, Refusal):
        raise Invalid(address.reason, code="reply.bad_address", field=field)
    if has_control(text):  # a line end in an address is an attempt at another header
        raise Invalid(
            "An address has no line ends or other control characters.",
            code="reply.bad_address",
            field=field,
        )
    return address.written


def _checked(field: str, addresses: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(check_mail_address(field, text) for text in addresses))
