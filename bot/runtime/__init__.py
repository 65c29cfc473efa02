"""Logging and memory tuning of the process.

Imports nothing of the bridge.
"""
