"""What the data stages read from an opened file and how they write it: no geometry, no I/O but their own artifacts."""
