"""Official notices (공문·안내) that came from the province: read, acknowledged, passed on, vetoed."""
