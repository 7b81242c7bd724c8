"""Signing requests to an S3 server: where it is, the credentials for it, and presigned URLs."""
