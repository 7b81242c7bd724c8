"""The stages of a run, one module and one public function each."""
