"""From IFC representations to meshes: the shapes, their engines, colours, meshes and placements."""
