import FuzzProperties
import TestSupport

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// What `FRESHET_FUZZ_TARGET` names; libFuzzer has the arguments for itself.
private let target: FuzzTarget = {
    let name = ProcessEnvironment["FRESHET_FUZZ_TARGET"] ?? ""
    guard let target = FuzzTarget(rawValue: name) else {
        say("expected FRESHET_FUZZ_TARGET to be one of \(FuzzTarget.allCases), found '\(name)'")
        exit(64)
    }
    return target
}()

/// Called by libFuzzer with each input; an input that breaks a property ends the run.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = unsafe [UInt8](UnsafeBufferPointer(start: start, count: count))
    if let violation = target.violation(of: input) {
        say("broken: \(violation)\ninput: \(describe(input, limit: 4096))")
        abort()
    }
    return 0
}

private func say(_ text: String) {
    let bytes = Array((text + "\n").utf8)
    _ = unsafe write(2, bytes, bytes.count)
}
