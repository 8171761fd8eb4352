"""Address fields: names in comments, groups, routes, quotes that never end, thousands."""

from __future__ import annotations

from .case import Ugly, recipients, sender

CASES: tuple[Ugly, ...] = (
    sender(b"bob@x.example (Bob Builder)", "bob@x.example", "Bob Builder"),
    sender(b"bob@x.example (Bob (the) Builder)", "bob@x.example", "Bob (the) Builder"),
    sender(b"(Bob) bob@x.example", "bob@x.example", "Bob"),
    sender(b"Bob (Sales) <bob@x.example>", "bob@x.example", "Bob"),
    sender(b"Bob (the builder <bob@x.example>", "bob@x.example", "Bob (the builder"),
    sender(b'"Miller, Tom" <tom@x.example>', "tom@x.example", "Miller, Tom"),
    sender(b"Miller, Tom <tom@x.example>", "tom@x.example", "Miller, Tom"),
    sender(b'"Tom \\"T\\" M" <tom@x.example>', "tom@x.example", 'Tom "T" M'),
    sender(b'"Tom <tom@x.example>', "tom@x.example", "Tom"),
    sender(b"Tom <tom@x.example", "tom@x.example", "Tom"),
    sender(b"<tom@x.example>", "tom@x.example"),
    sender(b"tom@x.example", "tom@x.example"),
    sender(b"TOM@X.EXAMPLE", "TOM@x.example"),
    sender(b"'tom@x.example'", "tom@x.example"),
    sender(b"'tom@x.example' <tom@x.example>", "tom@x.example"),
    sender(b"tom@x.example <tom@x.example>", "tom@x.example"),
    sender(b"mailto:tom@x.example", "tom@x.example"),
    sender(b"Tom <mailto:tom@x.example>", "tom@x.example", "Tom"),
    sender(b"Tom < tom @ x.example >", "tom@x.example", "Tom"),
    sender(b"<@relay.example,@two.example:tom@x.example>", "tom@x.example"),
    sender(b"tom@[192.0.2.1]", "tom@[192.0.2.1]"),
    sender(b'"john doe"@x.example', '"john doe"@x.example'),
    sender(b'"john.doe"@x.example', "john.doe@x.example"),
    sender(b"tom@x.example.", "tom@x.example"),
    sender("tom@müller.example".encode(), "tom@müller.example"),
    sender("李娜@例子.example".encode(), "李娜@例子.example"),
    sender(b"Tom <tom@x.example>, Ann <ann@x.example>", "tom@x.example", "Tom"),
    sender(b"Tom <tom@x.example> (work)", "tom@x.example", "Tom"),
    sender(b'" " <tom@x.example>', "tom@x.example"),
    sender(b"Tom\n\t<tom@x.example>", "tom@x.example", "Tom"),
    sender(b"Agent <FaxMaster>", "FaxMaster@localhost", "Agent"),
    sender(b'"Chen, Li" <chen>', "chen@localhost", "Chen, Li"),
    sender(b"=?utf-8?b?6ZmI5Li9?= <chen>", "chen@localhost", "陈丽"),
    sender(b"root (Cron Daemon)", "root@localhost", "Cron Daemon"),
    sender(b"<root>", "root@localhost"),
    sender(b"Agent <FaxMaster", "FaxMaster@localhost", "Agent"),
    sender(b"root", "root@localhost"),
    sender(b"", "r@x.example", more=b"Reply-To: r@x.example\n"),
    sender(b"no address", "s@x.example", more=b"Sender: s@x.example\n"),
    sender(b"<>", "p@x.example", more=b"Return-Path: <p@x.example>\n"),
    sender(b"\x00Tom\x00 <to\x00m@x.example>", "tom@x.example", "Tom"),
    sender(b"a@b.example\nFrom: second@x.example", "a@b.example"),
    recipients(
        b"a@x.example, b@x.example; c@x.example", "a@x.example", "b@x.example", "c@x.example"
    ),
    recipients(
        b"Team: a@x.example, Bo <b@x.example>;, c@x.example",
        "a@x.example",
        "b@x.example",
        "c@x.example",
    ),
    recipients(b"undisclosed-recipients:;"),
    recipients(b"a@x.example,,, ,b@x.example,", "a@x.example", "b@x.example"),
    recipients(b"Doe, John <a@x.example>, Roe, Jane <b@x.example>", "a@x.example", "b@x.example"),
    recipients(b'"unclosed <a@x.example>, b@x.example', "a@x.example", "b@x.example"),
    recipients(b"a@x.example (one, two), b@x.example", "a@x.example", "b@x.example"),
    recipients(b"a@x.example\nTo: b@x.example", "a@x.example", "b@x.example"),
    recipients(b"a@x.example, not an address, b@x.example", "a@x.example", "b@x.example"),
    Ugly(
        "four thousand recipients",
        b"From: a@b.example\nTo: "
        + b",\n ".join(b"User %d <u%d@x.example>" % (n, n) for n in range(4_000))
        + b"\n\nhi",
        {"text": "hi", "number of to": 4_000},
    ),
    Ugly(
        "quotes that never end",
        b"From: a@b.example\nTo: " + b'"\\' * 50_000 + b"\n\nhi",
        {"text": "hi", "to": []},
    ),
    Ugly(
        "comments that never end",
        b"From: a@b.example\nTo: " + b"(" * 100_000 + b"\n\nhi",
        {"text": "hi", "to": []},
    ),
)
