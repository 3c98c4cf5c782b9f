"""What every page of both servers shares: rendering, errors, decoding, headers, limits."""
