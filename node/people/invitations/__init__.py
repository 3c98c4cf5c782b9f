"""Letters by which somebody gets a login: printed, redeemed, and how many were not."""
