"""The format of a file by its first and last bytes: IFC in STEP text, an archive of it, or another format."""
