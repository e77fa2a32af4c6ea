import CMicrohttpd

/// One request as libmicrohttpd hands it over, turned into the router's terms and back.
@safe struct HTTPExchange {
    private let connection: OpaquePointer

    init(_ connection: OpaquePointer) { unsafe self.connection = connection }

    /// Answers, or says no, at which libmicrohttpd closes the connection.
    func send(_ response: HTTPResponse) -> MHD_Result {
        let made = unsafe response.body.withUnsafeBytes { body in
            unsafe MHD_create_response_from_buffer(
                body.count, UnsafeMutableRawPointer(mutating: body.baseAddress), .RESPMEM_MUST_COPY)
        }
        guard let made = unsafe made else { return .NO }
        defer { unsafe MHD_destroy_response(made) }
        let headers =
            HTTPResponse.securityHeaders + response.headers + [("Content-Type", response.contentType)]
        for header in headers { _ = unsafe MHD_add_response_header(made, header.name, header.value) }
        return unsafe MHD_queue_response(connection, UInt32(response.status), made)
    }

    var host: String? {
        guard let value = unsafe MHD_lookup_connection_value(connection, .HEADER_KIND, "Host") else {
            return nil
        }
        return unsafe String(cString: value)
    }

    /// The query's arguments; values are bytes and may hold NUL.
    var query: [(name: String, value: [UInt8])] {
        var arguments: [(name: String, value: [UInt8])] = []
        unsafe withUnsafeMutablePointer(to: &arguments) { arguments in
            _ = unsafe MHD_get_connection_values_n(
                connection, .GET_ARGUMENT_KIND,
                { context, _, name, nameLength, value, valueLength in
                    let arguments = unsafe context?.assumingMemoryBound(
                        to: [(name: String, value: [UInt8])].self)
                    let name = unsafe HTTPExchange.bytes(name, nameLength)
                    let value = unsafe HTTPExchange.bytes(value, valueLength)
                    unsafe arguments?.pointee.append((String(decoding: name, as: UTF8.self), value))
                    return .YES
                }, arguments)
        }
        return arguments
    }

    private static func bytes(_ start: UnsafePointer<CChar>?, _ count: Int) -> [UInt8] {
        unsafe UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count).map { $0 }
    }
}
