"""HTTP server and client session, bounded and strict reading of requests and JSON.

May import storage only (for the health check).
"""
