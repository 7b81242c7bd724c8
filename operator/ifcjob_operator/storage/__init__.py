"""Object stores and web servers: what the operator asks, signs and writes there."""
