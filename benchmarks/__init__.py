"""Measurements of the bridge on this machine. Not part of what is installed."""
