import Bytes

/// What an operator's connection remembers, and the commands that client libraries send before any verb.
///
/// There are no users: the port answers as a Redis without a password does. Replies are of the version that
/// HELLO has asked for.
struct AdminConnection {
    typealias Information = [(section: String, fields: [(String, String)])]

    private(set) var version = 2
    /// The one chosen with SELECT.
    private(set) var database: Int?
    private var name: ByteString = ""
    private let number: Int
    private let peer: String

    init(number: Int, peer: String) {
        self.number = number
        self.peer = peer
    }

    /// Answers any command but FRESHET and QUIT.
    ///
    /// - Parameter information: what INFO says.
    mutating func answer(_ request: [ByteString], _ information: () -> Information) -> AdminReply {
        let command = request[0].text.uppercased()
        switch (command, request.count) {
        case ("PING", 1): return .status("PONG")
        case ("PING", 2), ("ECHO", 2): return .text(request[1])
        case ("HELLO", _): return hello(request, information)
        case ("AUTH", 2...3): return authenticate(request)
        case ("SELECT", 2): return select(request[1])
        case ("RESET", 1): return reset()
        case ("CLIENT", 2...): return client(request)
        case ("INFO", _): return info(request.dropFirst(), information())
        case ("COMMAND", _): return Self.describe(request)
        case ("PING", _), ("ECHO", _), ("AUTH", _), ("SELECT", _), ("RESET", _), ("CLIENT", _):
            return AdminVerbs.wrongArity(command.lowercased())
        default:
            return .error(
                "ERR unknown command '\(request[0].description)': on the admin port try FRESHET HELP")
        }
    }

    // MARK: The connection

    private mutating func hello(_ request: [ByteString], _ information: () -> Information) -> AdminReply {
        var version = version
        if request.count > 1 {
            guard let number = request[1].integer else {
                return .error("ERR Protocol version is not an integer or out of range")
            }
            guard number == 2 || number == 3 else { return .error("NOPROTO unsupported protocol version") }
            version = number
        }
        if let problem = takeOptions(request.dropFirst(2)) { return problem }
        self.version = version
        let fields = information().flatMap(\.fields)
        return .map([
            ("server", .text("freshet")),
            ("version", .text(ByteString(fields.first { $0.0 == "version" }?.1 ?? ""))),
            ("proto", .integer(version)), ("id", .integer(number)), ("mode", .text("standalone")),
            ("role", .text("master")), ("modules", .list([])),
        ])
    }

    /// Takes `AUTH user password` and `SETNAME name`; what is wrong with them otherwise.
    private mutating func takeOptions(_ options: ArraySlice<ByteString>) -> AdminReply? {
        var rest = options
        while let option = rest.popFirst() {
            switch option.text.uppercased() {
            case "AUTH":
                guard let user = rest.popFirst(), rest.popFirst() != nil else { return Self.syntax(option) }
                guard user == "default" else { return Self.wrongPassword }
            case "SETNAME":
                guard let name = rest.popFirst() else { return Self.syntax(option) }
                guard Self.isPlain(name) else { return Self.badName }
                self.name = name
            default: return Self.syntax(option)
            }
        }
        return nil
    }

    private static func syntax(_ option: ByteString) -> AdminReply {
        .error("ERR Syntax error in HELLO option '\(option.description)'")
    }

    private static let wrongPassword = AdminReply.error(
        "WRONGPASS invalid username-password pair or user is disabled.")
    private static let badName = AdminReply.error(
        "ERR Client names cannot contain spaces, newlines or special characters.")

    private func authenticate(_ request: [ByteString]) -> AdminReply {
        if request.count == 2 {
            return .error(
                "ERR AUTH <password> called without any password configured for the default user. "
                    + "Are you sure your configuration is correct?")
        }
        return request[1] == "default" ? .status("OK") : Self.wrongPassword
    }

    private mutating func select(_ text: ByteString) -> AdminReply {
        guard let number = text.integer, number >= 0 else { return .error("ERR invalid DB index") }
        database = number
        return .status("OK")
    }

    private mutating func reset() -> AdminReply {
        self = AdminConnection(number: number, peer: peer)
        return .status("RESET")
    }

    // MARK: CLIENT

    private mutating func client(_ request: [ByteString]) -> AdminReply {
        let subcommand = request[1].text.uppercased()
        switch (subcommand, request.count) {
        case ("SETNAME", 3):
            guard Self.isPlain(request[2]) else { return Self.badName }
            name = request[2]
            return .status("OK")
        case ("SETINFO", 4), ("NO-EVICT", 3), ("NO-TOUCH", 3): return .status("OK")
        case ("GETNAME", 2): return name.isEmpty ? .none : .text(name)
        case ("ID", 2): return .integer(number)
        case ("INFO", 2), ("LIST", 2...): return .text(ByteString(line))
        default:
            return .error(
                "ERR unknown subcommand or wrong number of arguments for '\(request[1].description)'.")
        }
    }

    /// This connection as CLIENT LIST has it: others are nobody's business.
    private var line: String {
        "id=\(number) addr=\(peer) name=\(name.text) db=\(database ?? 0) resp=\(version)\n"
    }

    private static func isPlain(_ name: ByteString) -> Bool {
        name.bytes.allSatisfy { $0 >= 0x21 && $0 <= 0x7e }
    }

    // MARK: Asking

    /// The sections that are named, all if none is; a section that nobody knows is empty.
    private func info(_ names: ArraySlice<ByteString>, _ information: Information) -> AdminReply {
        let wanted = Set(names.map { $0.text.lowercased() })
        let everything = wanted.isEmpty || !wanted.isDisjoint(with: ["all", "default", "everything"])
        let sections = information.filter { everything || wanted.contains($0.section.lowercased()) }
        return .text(AdminVerbs.text(of: sections))
    }

    private static func describe(_ request: [ByteString]) -> AdminReply {
        guard request.count > 1 else { return .list([]) }
        switch request[1].text.uppercased() {
        case "COUNT": return .integer(0)
        case "DOCS": return .map([])
        default: return .list([])
        }
    }
}
