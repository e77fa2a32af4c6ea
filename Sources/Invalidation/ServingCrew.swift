/// The loops that serve applications, as the engine commands them.
///
/// Called on the engine's loop, which is also where the closures are called.
public protocol ServingCrew: AnyObject {
    /// Stops sending commands of applications anywhere; they wait.
    ///
    /// - Parameters:
    ///   - patienceMilliseconds: how long replies that are due are waited for.
    ///   - quiet: called once, when none is due any more in any loop, and the engine knows of everything that
    ///     they say was changed.
    func leave(
        _ reason: String, patienceMilliseconds: Int, refusingWrites: Bool, quiet: @escaping () -> Void)

    /// Has commands of applications go to one Redis from now on, those that waited first.
    func serve(from side: Side, refusingWrites: Bool)

    /// Gathers what applications have mutated since then, in milliseconds of a loop's clock.
    func mutations(since start: UInt64, _ done: @escaping (RecentMutations.Excerpt) -> Void)

    /// Gathers the index sets of one Redis that cascades have relied on.
    func consulted(
        at side: Side, since start: UInt64, _ done: @escaping (ConsultedSets.Excerpt) -> Void)

    /// Another look at all keys of a Redis begins.
    func lookBegins(at side: Side)
}
