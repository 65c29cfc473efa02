"""Keys, credentials and signatures that several parts share.

Imports nothing of the bridge.
"""
