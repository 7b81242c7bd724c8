"""From IFC representations to meshes: what to mesh, with which engine, in which colour, and where it stands."""
