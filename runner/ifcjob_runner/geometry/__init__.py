"""From IFC representations to meshes: what to mesh (worklist), with which engine, in which colour, and where it stands."""
