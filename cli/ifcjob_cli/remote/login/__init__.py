"""The login at an issuer, and where its tokens are kept."""
