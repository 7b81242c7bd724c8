"""Check an installation: run a tiny IfcJob to its end and compare its artifacts."""
