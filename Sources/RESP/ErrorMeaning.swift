import Bytes

/// What the text of an error reply says about the command that it answers.
public struct ErrorMeaning: OptionSet, BitwiseCopyable, Sendable, Hashable {
    public var rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Redis refused the command before it began: a script has written nothing.
    public static let neverBegan = ErrorMeaning(rawValue: 1)
    /// Redis refuses more writes than this one, until something about itself changes.
    public static let refusesWrites = ErrorMeaning(rawValue: 2)

    /// How many bytes of a text decide its meaning.
    static let textBytes = 200

    /// Reads the text without its `-`, or the beginning of it.
    public init(_ text: Span<UInt8>) {
        self = []
        for (beginning, meaning) in Self.known where Self.begins(text, with: beginning) {
            insert(meaning)
        }
        if Self.begins(text, with: "NOPERM User "), Self.contains(text, " has no permissions to ") {
            insert(.neverBegan)
        }
    }

    /// How the errors begin that Redis, or Valkey, answers instead of running the command.
    ///
    /// An error that a script ran into has the same code and other words, or ` script: ` behind them, which
    /// is why codes alone decide nothing here. Texts with `OOM` alone are missing for that reason: in a
    /// script that is a command's.
    private static let known: [(StaticString, ErrorMeaning)] = [
        ("NOAUTH Authentication required.", .neverBegan),
        ("NOPERM this user has no permissions to ", .neverBegan),
        ("NOPERM No permissions to access a ", .neverBegan),
        ("NOPERM ACLs rules changed between the moment", .neverBegan),
        ("NOSCRIPT No matching script.", .neverBegan),
        ("BUSY Redis is busy running a ", [.neverBegan, .refusesWrites]),
        ("BUSY Valkey is busy running a ", [.neverBegan, .refusesWrites]),
        ("LOADING Redis is loading", [.neverBegan, .refusesWrites]),
        ("LOADING Valkey is loading", [.neverBegan, .refusesWrites]),
        ("MASTERDOWN Link with MASTER is down", [.neverBegan, .refusesWrites]),
        ("READONLY You can't write against a read only ", [.neverBegan, .refusesWrites]),
        ("READONLY Can not run script with write flag", [.neverBegan, .refusesWrites]),
        ("MISCONF Redis is configured to ", [.neverBegan, .refusesWrites]),
        ("MISCONF Valkey is configured to ", [.neverBegan, .refusesWrites]),
        ("MISCONF Errors writing to the AOF file", [.neverBegan, .refusesWrites]),
        ("NOREPLICAS Not enough good replicas to write", [.neverBegan, .refusesWrites]),
        ("OOM command not allowed", .refusesWrites),
        ("OOM allow-oom flag is not set on the script", [.neverBegan, .refusesWrites]),
        ("CLUSTERDOWN The cluster is down", [.neverBegan, .refusesWrites]),
        ("CLUSTERDOWN Hash slot not served", .neverBegan),
        ("CROSSSLOT Keys in request don't hash", .neverBegan),
        ("TRYAGAIN Multiple keys request during", .neverBegan),
        ("MOVED ", .neverBegan), ("ASK ", .neverBegan),
        ("DENIED Redis is running in protected mode", .neverBegan),
        ("EXECABORT Transaction discarded", .neverBegan),
        ("ERR unknown command", .neverBegan),
        ("ERR wrong number of arguments for 'eval", .neverBegan),
        ("ERR wrong number of arguments for 'fcall", .neverBegan),
        ("ERR wrong number of arguments for 'migrate", .neverBegan),
        ("ERR Number of keys can't be ", .neverBegan),
        ("ERR Bad number of keys provided", .neverBegan),
        ("ERR Function not found", .neverBegan),
        ("ERR Error compiling script", .neverBegan),
        ("ERR Error registering function", .neverBegan),
        ("ERR Invalid script shebang", .neverBegan),
        ("ERR Invalid engine in script shebang", .neverBegan),
        ("ERR Unexpected engine in script shebang", .neverBegan),
        ("ERR Unexpected flag in script shebang", .neverBegan),
        ("ERR Unknown lua shebang option", .neverBegan),
        ("ERR Can not run script on cluster", .neverBegan),
        ("ERR Can't execute '", .neverBegan),
    ]

    private static func contains(_ text: Span<UInt8>, _ words: StaticString) -> Bool {
        text.indices.contains { begins(text.extracting($0..<text.count), with: words) }
    }

    private static func begins(_ text: Span<UInt8>, with beginning: StaticString) -> Bool {
        guard text.count >= beginning.utf8CodeUnitCount else { return false }
        for index in 0..<beginning.utf8CodeUnitCount {
            let expected = unsafe beginning.utf8Start[index]
            if text[index] != expected { return false }
        }
        return true
    }
}
