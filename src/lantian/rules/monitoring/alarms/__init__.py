"""Alarms: what becomes one alarm, how grave it is, which steps it may take, what is folded into one, and the figures."""
