"""The stages of a run, one module each, and the elements table and storey filter that some of them use.

Three modules have a second function: `outline` replaces `metadata` in a run without metadata.json, `write_elements`
completes the table of `elements` with bounding boxes, and `describe` lists the artifacts for the manifest.
"""
