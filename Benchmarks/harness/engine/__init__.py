"""The invalidation engine: each bar of its own, beside the raw floor or the rival in the same round."""
