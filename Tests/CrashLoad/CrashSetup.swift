/// What is stormed: sources, each with dependents of every kind, and the conventions that say so.
public struct CrashSetup: Sendable {
    /// How many sources there are.
    public static let sources = 120
    static let languages = ["de", "en", "fr"]

    /// A word of `cascade-durability`.
    public var durability: String
    public var workers: Int

    public init(durability: String = "everysec", workers: Int = 2) {
        self.durability = durability
        self.workers = workers
    }

    /// No reply leaves before its cascade is over, so that a client that has its reply has caused nothing that
    /// is still to come.
    var configuration: String {
        """
        workers \(workers)
        cascade-durability \(durability)
        cascade-deadline 60s
        reconcile-rate 1000000
        depend view:{n} on src:{n}
        depend total:{n} on view:{n}
        depend page:{lang}:{n} on src:{n}
        tag item:{lang}:{n} group/{n}
        rule regroup on src:{n} invalidate tag:group/{n}
        """
    }

    static func source(_ number: Int) -> String { "src:\(number)" }

    /// What follows from the source's name.
    static func computed(_ number: Int) -> [String] { ["view:\(number)", "total:\(number)"] }

    /// What only the index knows: dependents, and members of a tag.
    static func recorded(_ number: Int) -> [String] {
        languages.flatMap { ["page:\($0):\(number)", "item:\($0):\(number)"] }
    }
}
