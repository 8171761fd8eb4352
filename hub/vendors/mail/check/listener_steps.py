"""The certificate of the hub's own mail listener: can it be shown, and for how long."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from hub.core.errors import Invalid
from hub.core.findings import Finding, fault, warning, well
from hub.settings import Server
from hub.vendors.mail.intake_tls import ends_at, files_of, load_context

_RENEW = timedelta(days=14)
_MEND = "mend the files of server.mail_certificate and server.mail_key: they are read again"


def check_listener(server: Server, now: datetime | None = None) -> Iterator[Finding]:
    """Look at the certificate of the listener; nothing where it has none, or there is no listener.

    It is read as the listener reads it. `now`: another time than this.
    """
    files = files_of(server)
    if files is None or server.mail_port < 0:
        return
    try:
        load_context(files)
        end = ends_at(files)
    except Invalid as error:
        reason = error.message
        if server.mail_tls == "required":
            what = f"mail intake by SMTP takes no mail: {reason}"
            yield fault("mail", what, _MEND, "mail.listener_closed", reason=reason)
        else:
            what = f"mail intake by SMTP takes mail in clear only: {reason}"
            yield fault("mail", what, _MEND, "mail.listener_open", reason=reason)
        return
    until = f"{end:%Y-%m-%d}"
    left = end - (now or datetime.now(UTC))
    if left <= timedelta():
        what = f"mail intake by SMTP: its certificate has ended on {until}"
        mend = "have it renewed; servers that check certificates hand over no mail"
        yield fault("mail", what, mend, "mail.listener_ended", until=until)
    elif left < _RENEW:
        what = f"mail intake by SMTP: its certificate ends on {until}"
        mend = "have it renewed: after that, servers that check certificates hand over no mail"
        yield warning("mail", what, mend, "mail.listener_ends", until=until)
    elif server.mail_tls == "required":
        what = f"mail intake by SMTP: STARTTLS is required, certificate good until {until}"
        yield well("mail", what, "mail.listener_required", until=until)
    else:
        what = f"mail intake by SMTP: STARTTLS is offered, certificate good until {until}"
        yield well("mail", what, "mail.listener_offered", until=until)
