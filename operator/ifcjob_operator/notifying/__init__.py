"""Notifications: signed, posted, retried."""
