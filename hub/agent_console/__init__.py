"""The agent console: what agents and supervisors see and do, over REST and one socket."""
