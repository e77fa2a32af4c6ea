/// Orders of commands that were wrong, and that `make fresh` must find stale keys with.
///
/// All are false but in an executable that is built for that: `-Xswiftc -DBREAK_record` and its like.
enum BrokenOrder {
    /// A key is recorded after its value alone.
    static var recordsLate: Bool {
        #if BREAK_record
            true
        #else
            false
        #endif
    }

    /// A cascade removes each key once.
    static var removesOnce: Bool {
        #if BREAK_order
            true
        #else
            false
        #endif
    }

    /// What follows from a key that expires later is softened with it.
    static var softensAtOnce: Bool {
        #if BREAK_softly
            true
        #else
            false
        #endif
    }
}
