"""Electricity supervision: what meters of production and treatment say of orders, and whether treatment runs with production.

``readings`` → ``baseline`` → ``states`` → the rules: ``orders`` (E3–E5), ``treatment`` (E6), ``night`` (E7), ``crosscheck``
(E8). Each gives a :class:`~lantian.rules.monitoring.power.verdict.Verdict`, which never says more than "suspected" (E9).
"""
