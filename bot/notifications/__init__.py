"""From a Jira event to the conversations that want it: none lost, none told twice, none told too much.

receiver (HTTP) → queue "inbox" → worker (matching) → queue "outbox" → sender (may they see it? say it) → Teams
"""
