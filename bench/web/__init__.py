"""The 3D viewer in a browser."""
