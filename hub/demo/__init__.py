"""The demo: a real hub with a sample set-up, and everybody around it — customers and colleagues.

The driver is the outside world: it writes mail over SMTP, opens chat sockets, calls through the
phone simulator's signed webhooks, receives what the hub sends, and keeps a ledger of what was
acknowledged. The hub itself runs in a child process, so that it can be killed in the middle of it
all.
"""
