"""The Bot Framework edge; the only package that imports botbuilder.

May import commands, cards, chat, http, security, storage; only bootstrap imports it.
"""
