"""Real engines, started on their own roots and sockets and ended by pid."""
