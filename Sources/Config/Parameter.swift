import Bytes
import Naming

/// One argument's type: how it is written, read and shown.
struct Parameter<Value: Sendable>: Sendable {
    /// As in a directive's syntax line: `COUNT`, `yes|no`.
    let syntax: String
    /// What the number counts; nil where there is none.
    let unit: String?
    let parse: @Sendable (Word) throws(Diagnostic) -> Value
    /// The text that `parse` reads.
    let show: @Sendable (Value) -> String
}

extension Word {
    /// The error of a value that is not what its directive takes.
    func unexpected(_ expected: String) -> Diagnostic {
        .error("expected \(expected), found \(quoted)", at: location)
    }
}

extension Parameter where Value == Int {
    static func count(_ range: ClosedRange<Int>, unit: String) -> Self {
        Parameter(syntax: "COUNT", unit: unit) { word throws(Diagnostic) in
            guard let count = ASCII.integer(word.text.span), range.contains(count) else {
                throw word.unexpected("a whole number from \(range.lowerBound) to \(range.upperBound)")
            }
            return count
        } show: {
            String($0)
        }
    }

    static func size(_ range: ClosedRange<Int>) -> Self {
        Parameter(syntax: "SIZE", unit: "bytes") { word throws(Diagnostic) in
            guard let size = SizeText.parse(word.text.text) else {
                throw word.unexpected("a size such as 512, 64kb or 1gb")
            }
            guard range.contains(size) else {
                let (low, high) = (SizeText.render(range.lowerBound), SizeText.render(range.upperBound))
                throw word.unexpected("a size from \(low) to \(high)")
            }
            return size
        } show: {
            SizeText.render($0)
        }
    }
}

extension Parameter where Value == Duration {
    static func duration(_ range: ClosedRange<Duration>) -> Self {
        Parameter(syntax: "DURATION", unit: "duration") { word throws(Diagnostic) in
            guard let duration = DurationText.parse(word.text.text) else {
                throw word.unexpected("a duration such as 250ms, 5s or 1m")
            }
            guard range.contains(duration) else {
                let (low, high) = (
                    DurationText.render(range.lowerBound), DurationText.render(range.upperBound)
                )
                throw word.unexpected("a duration from \(low) to \(high)")
            }
            return duration
        } show: {
            DurationText.render($0)
        }
    }
}

extension Parameter where Value: Choice {
    static var choice: Self {
        let words = Value.allCases.map(\.rawValue)
        return Parameter(syntax: words.joined(separator: "|"), unit: nil) { word throws(Diagnostic) in
            guard let value = Value(rawValue: word.text.text.lowercased()) else {
                throw word.unexpected(words.listed)
            }
            return value
        } show: {
            $0.rawValue
        }
    }
}

extension Parameter where Value == Bool {
    static var yesOrNo: Self {
        Parameter(syntax: "yes|no", unit: nil) { word throws(Diagnostic) in
            switch word.text.text.lowercased() {
            case "yes": return true
            case "no": return false
            default: throw word.unexpected("yes or no")
            }
        } show: {
            $0 ? "yes" : "no"
        }
    }
}

extension Parameter where Value == String? {
    /// A path, or `off` for none.
    static var path: Self {
        Parameter(syntax: "PATH|off", unit: nil) { word throws(Diagnostic) in
            if word.text == "off" { return nil }
            guard !word.text.isEmpty, word.text.count < 4096, !word.text.bytes.contains(0),
                let path = String(validating: word.text.bytes, as: UTF8.self)
            else { throw word.unexpected("a path or off") }
            return path
        } show: {
            $0.map { Quotation.token(ByteString($0)) } ?? "off"
        }
    }
}

extension Parameter where Value == Address {
    static var address: Self {
        Parameter(syntax: "ADDRESS", unit: nil) { word throws(Diagnostic) in
            guard let address = Address(word.text.text) else {
                throw word.unexpected("host:port, [v6]:port or unix:/path")
            }
            return address
        } show: {
            Quotation.token(ByteString($0.description))
        }
    }
}

extension Parameter where Value == ListenAddress {
    static var listenAddress: Self {
        Parameter(syntax: "ADDRESS", unit: nil) { word throws(Diagnostic) in
            guard let address = ListenAddress(word.text.text) else {
                throw word.unexpected("host:port, [v6]:port, tls://host:port or unix:/path")
            }
            return address
        } show: {
            Quotation.token(ByteString($0.description))
        }
    }
}

extension Parameter where Value == Address? {
    static var addressOrOff: Self {
        Parameter(syntax: "ADDRESS|off", unit: nil) { word throws(Diagnostic) in
            if word.text == "off" { return nil }
            guard let address = Address(word.text.text) else {
                throw word.unexpected("host:port, [v6]:port, unix:/path or off")
            }
            return address
        } show: {
            $0.map { Quotation.token(ByteString($0.description)) } ?? "off"
        }
    }
}

extension Parameter where Value == UInt8 {
    static var separator: Self {
        Parameter(syntax: "CHARACTER", unit: nil) { word throws(Diagnostic) in
            let refused = [UInt8]("{}*\\/".utf8)
            guard word.text.count == 1, let byte = word.text.bytes.first, byte > ASCII.space, byte < 0x7f,
                !refused.contains(byte)
            else { throw word.unexpected("one printable character that is none of { } * \\ /") }
            return byte
        } show: {
            Quotation.token(ByteString([$0]))
        }
    }
}

extension [String] {
    /// `a`, `a or b`, `a, b or c`.
    var listed: String {
        guard count > 1, let last else { return first ?? "" }
        return dropLast().joined(separator: ", ") + " or " + last
    }
}
