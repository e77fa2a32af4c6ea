// swift-tools-version: 6.2
import PackageDescription

/// Every target is compiled with the strictest settings the compiler has.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableExperimentalFeature("Lifetimes"),
]

let logging = Target.Dependency.product(name: "Logging", package: "swift-log")

/// The layers, each naming what it may import; dependencies point down (`Tests/TidyTests` holds it to that).
///
/// Each C library has one importer. OpenSSL is two: libcrypto (`COpenSSL`) hashes the audit's chain, libssl
/// (`CLibSSL`) encrypts streams; neither target knows of the other's.
let layers: [(name: String, dependencies: [Target.Dependency])] = [
    ("Bytes", []),
    ("Threads", []),
    ("RESP", ["Bytes"]),
    ("Commands", ["Bytes", "RESP"]),
    ("Schedules", ["Bytes"]),
    ("Naming", ["Bytes", "Schedules"]),
    ("Config", ["Bytes", "Naming"]),
    ("EventLoop", ["Bytes", "Threads", "CUV", "CLibSSL"]),
    ("Metrics", []),
    ("Audit", ["Bytes", "Threads", "COpenSSL"]),
    ("Hiredis", ["Bytes", "RESP", "CHiredis"]),
    ("Store", ["Bytes", "Threads", "CSQLite"]),
    ("Alerts", ["Threads", "CCurl"]),
    ("Relay", ["Bytes", "RESP", "Commands", "Naming", "Config", "EventLoop", "Hiredis", logging]),
    (
        "Invalidation",
        [
            "Bytes", "RESP", "Commands", "Naming", "Schedules", "Config", "EventLoop", "Hiredis", "Relay",
            "Audit", "Metrics", "Store", "Alerts", logging,
        ]
    ),
    (
        "Admin",
        [
            "Bytes", "RESP", "Commands", "Naming", "Schedules", "Config", "EventLoop", "Audit",
            "Invalidation", "Alerts",
            "CMicrohttpd",
        ]
    ),
    (
        "App",
        [
            "Bytes", "Threads", "Commands", "Naming", "Config", "EventLoop", "Metrics", "Audit", "Hiredis",
            "Relay", "Invalidation", "Store", "Alerts", "Admin", logging,
        ]
    ),
]
/// What programs in Swift use to invalidate without a proxy of their own.
let library = "FreshetEngine"
/// The suites, each naming what it tests beside `TestSupport`.
let suites: [(name: String, dependencies: [Target.Dependency])] = [
    ("RESPTests", ["RESP", "Bytes"]),
    ("CommandsTests", ["Commands", "Bytes", "RESP"]),
    ("SchedulesTests", ["Schedules", "Bytes"]),
    ("ScheduleRunTests", []),
    ("NamingTests", ["Naming", "Bytes", "Schedules"]),
    ("ConfigTests", ["Config", "Bytes", "Naming"]),
    ("EventLoopTests", ["EventLoop", "Bytes"]),
    ("MetricsTests", ["Metrics"]),
    ("AuditTests", ["Audit", "Bytes", "Threads"]),
    ("AdminTests", ["Admin"]),
    ("TidyTests", []),
    ("TransparencyTests", []),
    ("InvalidationTests", []),
    ("IndexTests", ["Invalidation"]),
    ("CommandLineTests", []),
    ("FaultTests", []),
    ("StampTests", ["StampedLoad"]),
    ("CrashTests", ["CrashLoad"]),
    ("FreshTests", ["FreshLoad"]),
    ("SiegeTests", ["SiegeLoad"]),
    ("StoreTests", ["Store", "Bytes"]),
    ("QueueTests", ["Invalidation", "Store", "Naming", "Audit", "Config", "Bytes", "Hiredis"]),
    ("TLSTests", []),
    ("ClientTests", []),
    ("CorpusTests", ["FuzzProperties"]),
    ("LifecycleTests", []),
    ("DrainTests", ["Invalidation", "Naming", "Bytes"]),
    ("LibraryTests", ["FreshetEngine", "Bytes"]),
    ("FallbackTests", []),
    ("AlertsTests", ["Alerts", "Metrics"]),
    ("RuleTests", ["Naming", "Bytes"]),
    ("ProtocolTests", []),
]
/// Only `make fuzz` builds the executable that has libFuzzer's main.
let fuzzers: [Target] =
    Context.environment["FRESHET_FUZZ"] == nil
    ? []
    : [
        .executableTarget(
            name: "Fuzzer", dependencies: ["FuzzProperties", "TestSupport"], path: "Tests/Fuzzer",
            swiftSettings: strict)
    ]

let package = Package(
    name: "freshet",
    products: [
        .library(name: library, targets: [library]), .executable(name: "freshet", targets: ["freshet"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    ],
    targets: layers.map { .target(name: $0.name, dependencies: $0.dependencies, swiftSettings: strict) } + [
        .target(
            name: library,
            dependencies: [
                "App", "Alerts", "Audit", "Bytes", "Config", "EventLoop", "Invalidation", "Metrics", "Naming",
                "Relay", "Store", logging,
            ], swiftSettings: strict),
        .executableTarget(
            name: "freshet",
            dependencies: [
                "App", "Admin", "Audit", "Bytes", "Config", "Metrics", "Naming",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], swiftSettings: strict),
        .target(
            name: "TestSupport", dependencies: ["CHiredis", "CLibSSL"], path: "Tests/TestSupport",
            swiftSettings: strict),
        .target(
            name: "StampedLoad", dependencies: ["TestSupport"], path: "Tests/StampedLoad",
            swiftSettings: strict),
        .executableTarget(
            name: "stamp", dependencies: ["StampedLoad", "TestSupport"], path: "Tests/Stamp",
            swiftSettings: strict),
        .target(
            name: "SiegeLoad", dependencies: ["TestSupport"], path: "Tests/SiegeLoad", swiftSettings: strict),
        .executableTarget(
            name: "siege", dependencies: ["SiegeLoad", "TestSupport"], path: "Tests/Siege",
            swiftSettings: strict),
        .target(
            name: "CrashLoad", dependencies: ["TestSupport"], path: "Tests/CrashLoad", swiftSettings: strict),
        .executableTarget(
            name: "crash", dependencies: ["CrashLoad", "TestSupport"], path: "Tests/Crash",
            swiftSettings: strict),
        .target(
            name: "FreshLoad", dependencies: ["TestSupport"], path: "Tests/FreshLoad", swiftSettings: strict),
        .executableTarget(
            name: "fresh", dependencies: ["FreshLoad", "TestSupport"], path: "Tests/Fresh",
            swiftSettings: strict),
        .target(
            name: "FuzzProperties",
            dependencies: [
                "Bytes", "RESP", "Commands", "Naming", "Config", "Hiredis", "Relay", "TestSupport",
            ], path: "Tests/FuzzProperties", swiftSettings: strict),
        .systemLibrary(name: "CUV", pkgConfig: "libuv", providers: [.apt(["libuv1-dev"])]),
        .systemLibrary(name: "CHiredis", pkgConfig: "hiredis", providers: [.apt(["libhiredis-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CLibSSL", pkgConfig: "libssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(
            name: "CMicrohttpd", pkgConfig: "libmicrohttpd", providers: [.apt(["libmicrohttpd-dev"])]),
    ]
        + suites.map {
            .testTarget(name: $0.name, dependencies: $0.dependencies + ["TestSupport"], swiftSettings: strict)
        } + fuzzers
)
