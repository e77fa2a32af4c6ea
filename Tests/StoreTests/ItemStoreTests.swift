import Testing

@testable import Store

@Suite("The store of items")
struct ItemStoreTests {
}
