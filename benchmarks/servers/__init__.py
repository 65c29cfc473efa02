"""Servers to compare the bridge with."""
