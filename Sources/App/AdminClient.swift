import Bytes
import Config
import Hiredis

/// Talks to the admin port of a running proxy.
public struct AdminClient {
    /// Why there is no answer.
    public struct Problem: Error, CustomStringConvertible {
        public let description: String
    }

    private let address: Address

    /// - Parameter text: `host:port` or `unix:/path`.
    public init(_ text: String) throws {
        guard let address = Address(text) else {
            throw Problem(description: "expected host:port or unix:/path, found '\(text)'")
        }
        self.address = address
    }

    /// Sends one command and returns the answer as lines for a terminal.
    public func call(_ arguments: [String]) throws -> [String] { Self.lines(try reply(arguments)) }

    /// Sends one command whose answer is a list and returns its elements.
    public func list(_ arguments: [String]) throws -> [String] {
        let answer = try reply(arguments)
        return answer.elements.map { $0.map(Self.text) } ?? [Self.text(answer)]
    }

    /// Sends one command and returns the answer, which is no error.
    func reply(_ arguments: [String]) throws -> ReplyValue {
        let reply: ReplyValue
        do {
            reply = try connect().call(arguments.map { ByteString($0) })
        } catch {
            throw Problem(
                description:
                    "cannot reach the admin port at \(address): \(error); is the proxy running, and is this"
                    + " its 'admin' address?")
        }
        if case .error(let text) = reply {
            let said = text.text
            // The command line says by itself who speaks.
            let prefix = ["ERR freshet: ", "ERR "].first { said.hasPrefix($0) } ?? ""
            throw Problem(description: String(said.dropFirst(prefix.count)))
        }
        return reply
    }

    private func connect() throws -> BlockingConnection {
        switch address {
        case .tcp(let host, let port): try BlockingConnection(host: host, port: port)
        case .unix(let path): try BlockingConnection(path: path)
        }
    }

    /// Names and values in turn, one pair a line; a list is indented below its name.
    private static func lines(_ reply: ReplyValue) -> [String] {
        guard let elements = reply.elements else { return [text(reply)] }
        var lines: [String] = []
        for index in stride(from: 0, to: elements.count - 1, by: 2) {
            if let list = elements[index + 1].elements {
                lines.append("\(text(elements[index])):")
                lines += list.map { "  " + text($0) }
            } else {
                lines.append("\(text(elements[index])): \(text(elements[index + 1]))")
            }
        }
        return lines
    }

    static func text(_ reply: ReplyValue) -> String {
        if case .integer(let value) = reply { return "\(value)" }
        return reply.bytes?.description ?? ""
    }
}
