"""Meshes, placements and the spatial tree in; one GLB (glTF 2.0) out. Start reading in writer.py."""
