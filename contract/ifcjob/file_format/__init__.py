"""What a file's first and last bytes say: IFC in STEP text, an archive of it, or another format."""
