"""YAML or JSON text → a tree that knows where every value stands."""
