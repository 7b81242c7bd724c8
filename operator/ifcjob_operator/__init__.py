"""The operator: brings every IfcJob to its end, one Kubernetes Job an attempt."""
