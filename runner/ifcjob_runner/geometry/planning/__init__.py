"""Decide what to draw, from which items, where and in which colour."""
