"""What the engine's children do; each role is one module with one public function."""
