// callers
