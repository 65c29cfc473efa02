"""Keys, credentials and signatures that several parts share.

May import http only.
"""
