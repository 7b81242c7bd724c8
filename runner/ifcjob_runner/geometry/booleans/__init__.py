"""Boolean operations and openings, on meshes, by manifold3d."""
