"""Internet mail for the email and fax channels: parse, judge, render, sign, IMAP, SMTP, intake."""
