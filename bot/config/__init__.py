"""Settings and their validation.

May import http, security and storage (their URL and key formats).
"""
