"""One IFC file in, artifacts out. The only package that touches IFC engines; see pipeline.py for the stages."""
