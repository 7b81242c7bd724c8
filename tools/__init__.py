"""Build and check the project: images, SBOM, Go programs, the test cluster, the chart's README."""
