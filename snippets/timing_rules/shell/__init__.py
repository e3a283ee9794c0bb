"""As much of the shell as it takes to read a hook's length, or to see what PID 1 does with SIGTERM."""
