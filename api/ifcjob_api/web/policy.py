"""The Content-Security-Policy of the web app; nginx sends the same one (images/web)."""

POLICY = {
    "default-src": "'none'",
    # The decoder of compressed GLBs is WebAssembly.
    "script-src": "'self' 'wasm-unsafe-eval'",
    "worker-src": "'self' blob:",
    # The components write style attributes.
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}


def content_policy(store_url: str | None = None) -> str:
    """Return the policy; pages may also send to the object store that signs URLs for browsers."""
    policy = dict(POLICY)
    if store_url is not None:
        policy["connect-src"] += f" {store_url}"
    return "; ".join(f"{directive} {sources}" for directive, sources in policy.items())
