"""People, conversations and messages, free of Teams' own shapes.

May import storage and language only.
"""
