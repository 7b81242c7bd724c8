"""Transfers: HTTP, artifacts to their destination, and a full disk."""
