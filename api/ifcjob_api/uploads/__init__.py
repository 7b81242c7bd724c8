"""Uploads: sessions beside the files in the object store, so that every replica can continue each."""
