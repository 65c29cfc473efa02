"""HTTP server, client session, bounded and strict reading of requests.

May import storage only (for the health check).
"""
