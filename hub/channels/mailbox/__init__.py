"""What channels fed by mail share: raw mails kept until filed, and the IMAP reader."""
