"""Queues: admission, slots, and the status of IfcQueues."""
