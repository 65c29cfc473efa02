"""Adaptive Cards 1.5 as pure functions of dataclasses.

May import jira models and language; no I/O.
"""
