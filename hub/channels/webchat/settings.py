"""Settings of web chat: of the gateway (infrastructure), of one widget (business set-up)."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated
from urllib.parse import urlsplit

import msgspec

from hub.contacts.by_mail.model import (
    END_AFTER_S,
    MAIL_AFTER_S,
    MESSAGE_AFTER_S,
    REMIND_AFTER_S,
    Wait,
)
from hub.core.budget import Rate

from .identity import Keys, Signer

Texts = dict[str, str]  # language (BCP 47) -> text


_MB = float(1 << 20)
_AN_OFFICE = 10  # people behind one address who send files at the same moment
# The second level of countries whose names are given out below it (publicsuffix.org).
_SHARED = frozenset({"ac", "co", "com", "edu", "go", "gob", "gov", "ne", "net", "or", "org"})
SELF = "self"  # among the origins: pages of the hub itself
TITLE = {"en": "Customer service", "zh-CN": "在线客服"}
GREETING = {"en": "Hello! How can we help you today?", "zh-CN": "您好！请问有什么可以帮您？"}
AWAY = {
    "en": "We are closed now. Leave your message and your e-mail address: we will answer.",
    "zh-CN": "现在是非服务时间。请留言并留下邮箱，我们会尽快回复。",
}


class Ask(StrEnum):
    OFF = "off"
    OPTIONAL = "optional"
    REQUIRED = "required"


class PreChat(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the form before the first message asks."""

    name: Ask = Ask.OPTIONAL
    email: Ask = Ask.OFF


class WebChatSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One widget. `origins`: exact origins it may be shown on; "self" is the hub's own address.

    `mail`, `…_after_s`: see hub.contacts.by_mail.model; `return_page`: the page with the widget to
    which the link in a mail leads, "" for the hub's own, or the first origin's.
    """

    origins: tuple[str, ...] = ("self",)
    title: Texts = msgspec.field(default_factory=lambda: dict(TITLE))
    greeting: Texts = msgspec.field(default_factory=lambda: dict(GREETING))
    away: Texts = msgspec.field(default_factory=lambda: dict(AWAY))
    hours: Texts = {}  # as shown, e.g. "Mon-Fri 09:00-18:00"
    accent: Annotated[str, msgspec.Meta(pattern=r"^#[0-9a-fA-F]{6}$")] = "#1f5fbf"
    side: Annotated[str, msgspec.Meta(pattern=r"^(start|end)$")] = "end"
    pre_chat: PreChat = PreChat()
    files: bool = True
    help: bool = True  # articles are searched before the chat, where there are any for everybody
    file_types: tuple[
        Annotated[str, msgspec.Meta(pattern=r"^[a-z]+/([a-z0-9.+-]+|\*)$")], ...
    ] = ()  # "application/pdf", "image/*"; none: all but programs
    max_file_mb: Annotated[int, msgspec.Meta(ge=1, le=200)] = 20
    identity_keys: tuple[
        Annotated[str, msgspec.Meta(min_length=32)], ...
    ] = ()  # HS256, two while rotating
    identity_signers: tuple[Signer, ...] = ()  # Ed25519
    trust_tier: bool = False  # the site's signed `tier` counts, if the set-up has it
    highest_tier: Annotated[str, msgspec.Meta(extra={"of": "tier"})] = ""  # … never a better one
    mail: Annotated[str, msgspec.Meta(max_length=64, extra={"of": "mail"})] = ""
    calls: bool = True  # customers may ask to be called, where their queue calls back
    calls_from: Annotated[str, msgspec.Meta(max_length=64, extra={"of": "phone"})] = ""
    codes: bool = True  # who has no signature proves an address by a code that `mail` sends there
    proof_hours: Annotated[int, msgspec.Meta(ge=1, le=2160)] = 24  # so long such a proof counts
    remind_after_s: Wait = REMIND_AFTER_S
    end_after_s: Wait = END_AFTER_S
    mail_after_s: Wait = MAIL_AFTER_S
    message_after_s: Wait = MESSAGE_AFTER_S
    return_page: Annotated[str, msgspec.Meta(max_length=500)] = ""
    cookie_domain: Annotated[
        str, msgspec.Meta(max_length=253, pattern=r"^([a-z0-9-]+(\.[a-z0-9-]+)+)?$")
    ] = ""  # "example.com": its sites share a visitor's chat by a cookie

    def __post_init__(self) -> None:
        self._check_return_page()
        self._check_cookie_domain()

    def _check_cookie_domain(self) -> None:
        """A parent of a site of this widget, and no domain that strangers share.

        Browsers know the public suffixes and keep no cookie for them (RFC 6265bis §5.7); then the
        widget does without. What is refused here are those that admins write: com.cn, co.uk.
        """
        domain = self.cookie_domain
        if not domain:
            return
        labels = domain.split(".")
        shared = len(labels) == 2 and labels[0] in _SHARED and len(labels[1]) == 2
        if shared or labels[-1].isdigit():
            raise ValueError("cookie_domain is a domain of your own: example.com, not com.cn")
        hosts = [urlsplit(origin).hostname or "" for origin in self.origins]
        if not any(f".{host}".endswith(f".{domain}") for host in hosts):
            raise ValueError("cookie_domain is what one of its origins ends in")

    def _check_return_page(self) -> None:
        if not self.return_page:
            return
        page = urlsplit(self.return_page)
        if f"{page.scheme}://{page.netloc}" not in self.origins or page.fragment:
            raise ValueError("return_page is a page of one of its origins, without a #")

    def may_prove(self) -> bool:
        """Say whether there is a mailbox that sends codes, and they are wanted."""
        return self.codes and bool(self.mail)

    def keys(self) -> Keys:
        """What signed identities are checked with."""
        return Keys(self.identity_keys, self.identity_signers)


class GatewaySettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The public chat port. Rates are tokens: `burst` at once, then `per_s` a second."""

    host: str = "127.0.0.1"
    port: int = 8081
    trusted_proxies: tuple[str, ...] = ()  # addresses whose X-Forwarded-For is believed
    max_connections: int = 20_000
    max_connections_per_address: int = 200
    frame_bytes: int = 65_536
    messages_per_s: float = 1.0  # for one visitor session
    messages_burst: float = 20.0
    all_messages_per_s: float = 20_000.0
    upload_mb_per_s: float = 0.5  # for one visitor session
    upload_mb_burst: float = 100.0
    scan_command: tuple[str, ...] = ()  # looks at each upload; the file's path comes last
    hello_timeout_s: float = 10.0
    write_timeout_s: float = 10.0
    heartbeat_s: float = 25.0
    poll_wait_s: float = 20.0  # a page without a socket has an answer by then, if only an empty one
    poll_gone_s: float = 20.0  # … and given up so long after its last poll was answered
    poll_rests_s: float = 90.0  # … where it said that it rests: browsers slow hidden pages down
    abandon_after_s: float = 120.0  # a waiting customer without address whose page has gone

    def message_rate(self) -> Rate:
        """What one visitor session may send."""
        return Rate(self.messages_per_s, self.messages_burst)

    def address_rate(self) -> Rate:
        """What all sockets of one address may send together: a quarter of what each might."""
        sockets = max(1.0, self.max_connections_per_address / 4)
        return Rate(self.messages_per_s * sockets, self.messages_burst * sockets)

    def upload_rate(self) -> Rate:
        """How many bytes of files one visitor session may send."""
        return Rate(self.upload_mb_per_s * _MB, self.upload_mb_burst * _MB)

    def network_upload_rate(self) -> Rate:
        """How many all visitors of one network may send: an office of ten, each at their most. New
        visitors are had for nothing, disks are not.
        """
        one = self.upload_rate()
        return Rate(one.per_s * _AN_OFFICE, one.burst * _AN_OFFICE)

    def connect_rate(self) -> Rate:
        """How often one address may open sockets: all at once twice, then again in 20 s."""
        return Rate(self.max_connections_per_address / 20, self.max_connections_per_address * 2.0)

    def visitor_rate(self) -> Rate:
        """How many new visitors one address may bring: a socket each, then again in 100 s."""
        return Rate(self.max_connections_per_address / 100, float(self.max_connections_per_address))
