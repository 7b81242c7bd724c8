"""The HTTP server: metrics, health, queue depth for KEDA, progress of runs."""
