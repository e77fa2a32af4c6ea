/// What is running.
public enum Version {
    public static let number = "0.1.0"
    /// The commit it was built from, where the build says so.
    static let commit = "unknown"

    static var swift: String {
        #if swift(>=6.3)
            "6.3"
        #elseif swift(>=6.2)
            "6.2"
        #else
            "6"
        #endif
    }
}
