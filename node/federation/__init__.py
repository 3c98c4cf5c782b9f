"""Everything this node says to, and hears from, the province: join, sync, directory."""
