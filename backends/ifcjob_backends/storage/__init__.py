"""Object stores: presigned URLs, and requests with typed errors."""
