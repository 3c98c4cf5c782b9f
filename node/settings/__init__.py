"""What the administrator sets for the school in the pages, over what `madang.toml` says."""
