"""Trees → pods and mesh configuration."""
