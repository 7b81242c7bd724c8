"""Transfers: HTTP, writing artifacts to their destination, and full disks."""
