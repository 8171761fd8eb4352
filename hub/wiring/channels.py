"""Which channels a hub has."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from hub.channels.base import Channel, Door, EntryPoint
from hub.channels.cti import PbxChannel, pbx_of
from hub.channels.email.channel import EmailChannel
from hub.channels.fax.channel import FaxChannel
from hub.channels.phone import PhoneChannel
from hub.channels.points import Look, Trouble
from hub.channels.sms import SmsChannel
from hub.channels.webchat.channel import WebChat
from hub.channels.webchat.help import Help
from hub.channels.webchat.settings import GatewaySettings
from hub.contacts.model import Channel as ChannelKind
from hub.core.findings import Finding, warning
from hub.core.metrics import Metrics
from hub.settings import Settings
from hub.setup.mailboxes import Mailboxes
from hub.setup.phone_account import PhoneAccounts
from hub.vendors.mail.check import Aim, check_listener, check_mailbox
from hub.vendors.mail.intake import MailIntake
from hub.vendors.outbound import OutboundHttp, is_on_the_network
from hub.vendors.twilio import Account
from hub.vendors.twilio.check import check_account, check_texts

from .parts import MailHouse, Ports
from .phones import Phones


def build_channels(
    settings: Settings,
    door: Door,
    points: Sequence[EntryPoint],
    ports: Ports,
    intake: MailIntake | None,
    help_: Help,
    house: MailHouse,
    accounts: PhoneAccounts,
    outbound: OutboundHttp,
    metrics: Metrics,
) -> list[Channel]:
    """Build each channel with its entry points; a channel without any still answers for itself."""

    def of(kind: ChannelKind) -> list[EntryPoint]:
        return [point for point in points if point.channel is kind]

    server = settings.server
    mail = msgspec.structs.replace(settings.mail, mailboxes=house.mailboxes.all())
    gateway = GatewaySettings(
        host=server.chat_host,
        port=server.chat_port,
        trusted_proxies=server.trusted_proxies,
        max_connections_per_address=settings.limits.chat_sockets_per_address,
        messages_per_s=settings.limits.chat_messages_per_minute / 60,
        frame_bytes=settings.limits.chat_frame_bytes,
        scan_command=settings.limits.scan_command,
    )
    return [
        WebChat(
            door,
            of(ChannelKind.WEBCHAT),
            gateway,
            server.base_url(),
            server.chat_url,
            ports.chat,
            help_,
        ),
        EmailChannel(
            door,
            of(ChannelKind.EMAIL),
            mail,
            intake,
            max_bytes=settings.limits.mail_bytes,
            base_url=server.base_url(),
            tokens=house.tokens,
        ),
        FaxChannel(
            door,
            of(ChannelKind.FAX),
            mail,
            intake,
            max_bytes=settings.limits.mail_bytes,
            tokens=house.tokens,
        ),
        _phones(server.base_url(), door, of(ChannelKind.PHONE), accounts, outbound, metrics),
        SmsChannel(door, of(ChannelKind.SMS), Account.of(accounts.current()), server.base_url()),
    ]


def _phones(
    base_url: str,
    door: Door,
    points: Sequence[EntryPoint],
    accounts: PhoneAccounts,
    outbound: OutboundHttp,
    metrics: Metrics,
) -> Phones:
    away = metrics.gauge("hub_phone_provider_away", "1 while the phone provider does not answer")
    provider = PhoneChannel(door, (), Account.of(accounts.current()), base_url, away.set)
    pbx = PbxChannel(door, OutboundHttp(allow=is_on_the_network), outbound)
    return Phones(provider, pbx, points)


def channel_looks(
    settings: Settings, mailboxes: Mailboxes, accounts: PhoneAccounts
) -> dict[str, Look]:
    """Return by channel how an entry point's servers are tried: signed in to, and left again."""

    def mailbox(key: str) -> Sequence[Finding]:
        listener = list(check_listener(settings.server))
        box = mailboxes.find(key)
        if box is None:
            mend = "connect one on the page of the entry point"
            what = f"{key} has no mailbox: nothing is fetched or sent"
            return [*listener, warning("mail", what, mend, "mail.none", point=key)]
        return [*listener, *check_mailbox(Aim(box, mailboxes.place(key) or ""))]

    def account(_: str) -> Sequence[Finding]:
        if accounts.is_locked:
            what = "the secrets of the phone account were sealed with a key that is not here"
            mend = "bring the key file back (mail.key_file), or type them anew"
            return [warning("phone", what, mend, "phone.locked")]
        return list(check_account(accounts.current(), settings.server.public_base_url))

    def texts(key: str) -> Sequence[Finding]:
        found = account(key)
        if accounts.is_locked:
            return found
        base_url = settings.server.base_url()
        return [*found, *check_texts(accounts.current(), base_url, key)]

    return {
        ChannelKind.EMAIL: mailbox,
        ChannelKind.FAX: mailbox,
        ChannelKind.PHONE: account,
        ChannelKind.SMS: texts,
    }


def unconnected(mailboxes: Mailboxes, accounts: PhoneAccounts, point: EntryPoint) -> list[Trouble]:
    """Say what an entry point has no way in or out for, as far as is known without trying."""
    mailbox: list[Trouble] = [] if mailboxes.find(point.id) else ["no_mailbox"]
    if mailboxes.is_locked(point.id):
        mailbox = ["locked_mailbox"]
    of_pbx = pbx_of(point.settings) is not None
    account: list[Trouble] = [] if of_pbx or accounts.current().account_sid else ["no_account"]
    if accounts.is_locked and not of_pbx:
        account = ["locked_account"]
    lacking = {
        ChannelKind.EMAIL: mailbox,
        ChannelKind.FAX: mailbox,
        ChannelKind.PHONE: account,
        ChannelKind.SMS: account,
    }
    return lacking.get(point.channel, [])
