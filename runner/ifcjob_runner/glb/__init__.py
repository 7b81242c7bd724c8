"""Write meshes, placements and the spatial tree as one GLB (glTF 2.0). Start reading in writer.py."""
