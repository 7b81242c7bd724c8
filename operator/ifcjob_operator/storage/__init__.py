"""Object stores and web servers: requests, presigned URLs, documents."""
