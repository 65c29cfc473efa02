"""Background work: queue workers, job outcomes, retries, periodic and background tasks.

May import storage only.
"""
