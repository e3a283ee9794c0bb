"""The rules about how pods stop: `engine` runs them, `registry` lists them, `rule` says what a rule is."""
