"""Accounts: users, teams, sessions, API keys, sign-in, and the audit log."""
