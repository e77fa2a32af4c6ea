import CUV

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The conversions between `SocketAddress` and the system's `sockaddr`.
extension SocketAddress {
    var family: Int32 {
        switch storage {
        case .v4: AF_INET
        case .v6: AF_INET6
        case .unix: AF_UNIX
        }
    }

    /// Calls `body` with the system's form of the address; nil when a Unix path is empty or too long for it.
    func withSystemAddress<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result? {
        var memory = sockaddr_storage()
        return unsafe withUnsafeMutableBytes(of: &memory) { bytes in
            guard let count = unsafe fill(bytes) else { return nil }
            return unsafe body(bytes.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t(count))
        }
    }

    private func fill(_ bytes: UnsafeMutableRawBufferPointer) -> Int? {
        switch storage {
        case .v4(let address, let port):
            var system = sockaddr_in()
            system.sin_family = sa_family_t(AF_INET)
            system.sin_port = port.bigEndian
            system.sin_addr.s_addr = address
            unsafe bytes.storeBytes(of: system, as: sockaddr_in.self)
            return MemoryLayout<sockaddr_in>.size
        case .v6(let high, let low, let scope, let port):
            var system = sockaddr_in6()
            system.sin6_family = sa_family_t(AF_INET6)
            system.sin6_port = port.bigEndian
            system.sin6_scope_id = scope
            unsafe withUnsafeMutableBytes(of: &system.sin6_addr) { target in
                unsafe target.storeBytes(of: high, as: UInt64.self)
                unsafe target.storeBytes(of: low, toByteOffset: 8, as: UInt64.self)
            }
            unsafe bytes.storeBytes(of: system, as: sockaddr_in6.self)
            return MemoryLayout<sockaddr_in6>.size
        case .unix(let path):
            let start = MemoryLayout<sa_family_t>.size
            let text = Array(path.utf8)
            guard !text.isEmpty, start + text.count < MemoryLayout<sockaddr_un>.size else { return nil }
            unsafe bytes.storeBytes(of: sa_family_t(AF_UNIX), as: sa_family_t.self)
            unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[start...]).copyBytes(from: text)
            return start + text.count + 1
        }
    }

    /// Reads the system's form; nil for a family other than IPv4, IPv6 and Unix.
    init?(_ memory: sockaddr_storage, count: socklen_t) {
        let address = unsafe withUnsafeBytes(of: memory) { bytes -> Storage? in
            switch Int32(memory.ss_family) {
            case AF_INET:
                let system = unsafe bytes.load(as: sockaddr_in.self)
                return .v4(system.sin_addr.s_addr, port: UInt16(bigEndian: system.sin_port))
            case AF_INET6:
                let system = unsafe bytes.load(as: sockaddr_in6.self)
                let (high, low) = unsafe withUnsafeBytes(of: system.sin6_addr) { bytes in
                    unsafe (bytes.load(as: UInt64.self), bytes.load(fromByteOffset: 8, as: UInt64.self))
                }
                return .v6(high, low, scope: system.sin6_scope_id, port: UInt16(bigEndian: system.sin6_port))
            case AF_UNIX:
                let start = MemoryLayout<sa_family_t>.size
                let end = max(start, min(Int(count), MemoryLayout<sockaddr_un>.size))
                let path = unsafe bytes[start..<end].prefix { $0 != 0 }
                return unsafe .unix(String(decoding: path, as: UTF8.self))
            default: return nil
            }
        }
        guard let address else { return nil }
        storage = address
    }

    /// The address that a socket is bound to.
    static func local(of descriptor: Int32) -> SocketAddress? {
        var memory = sockaddr_storage()
        var count = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let code = unsafe withUnsafeMutablePointer(to: &memory) { pointer in
            unsafe getsockname(
                descriptor, UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: sockaddr.self), &count)
        }
        return code == 0 ? SocketAddress(memory, count: count) : nil
    }
}
