"""Commands for the engineer who runs the bridge.

May import everything but teams and bootstrap.
"""
