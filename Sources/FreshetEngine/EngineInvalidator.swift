import Invalidation

/// The door on the engine's own loop.
typealias EngineInvalidator = Invalidation.CacheInvalidator
/// The tags on the engine's own loop.
typealias EngineTagStore = Invalidation.TagStore
