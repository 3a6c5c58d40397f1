"""Pages of accounts, rights, sessions, the security policy and the action log."""
