import Bytes
import Naming
import Testing

extension Conventions {
    fileprivate func facts(_ key: ByteString) -> Facts { facts(of: key) }
}

private func pairs(_ records: [Record]) -> [String] { records.map { "\($0.indexKey) \($0.member)" } }

struct FactsTests {
    @Test("a tag whose name tells its keys is computed and never recorded")
    func computedTag() throws {
        let conventions = try compiled(["tag product:{id}:price product:{id}"])
        #expect(!conventions.usesIndex)
        #expect(!conventions.concerns(ByteString("product:42:price")))
        let facts = conventions.facts("product:42:price")
        #expect(facts.tags.map(\.name) == ["product:42"])
        #expect(facts.tags.map(\.isRecorded) == [false])
        #expect(facts.records.isEmpty)
        let tag = conventions.tag("product:42")
        #expect(tag.keys == ["product:42:price"])
        #expect(tag.indexKey == nil && tag.subKey == nil)
    }

    @Test(
        "a tag whose name does not tell its keys is recorded",
        arguments: [
            ("tag product:{id}:** t:{id}", "product:1:x", "t:1"), ("tag product:* t", "product:1", "t"),
            ("tag a:{x}:{y} t:{x}", "a:1:2", "t:1"), ("tag a:{x}:{y} t:{x}-{y}", "a:1:2", "t:1-2"),
            ("tag a:{x}:{y} t:{x}{y}", "a:1:2", "t:12"),
        ])
    func recordedTag(line: String, key: String, tag: String) throws {
        let conventions = try compiled([line])
        #expect(conventions.usesIndex)
        let facts = conventions.facts(ByteString(key))
        #expect(facts.tags.map(\.isRecorded) == [true])
        #expect(pairs(facts.records) == ["freshet:tag:\(tag) \(key)"])
        let found = conventions.tag(ByteString(tag))
        #expect(found.indexKey == ByteString("freshet:tag:\(tag)"))
        #expect(found.keys.isEmpty && found.subKey == nil)
        #expect(found.origins.map(\.text) == [line])
    }

    @Test("a tag with levels records each level below its parent")
    func levels() throws {
        let conventions = try compiled(["tag p:{l}:{id} a/{l}/{id}"])
        #expect(
            pairs(conventions.facts("p:en:4").records) == [
                "freshet:tag:a/en/4 p:en:4", "freshet:sub:a/en a/en/4", "freshet:sub:a a/en",
            ])
        #expect(conventions.tag("a").indexKey == "freshet:tag:a")
        #expect(conventions.tag("a").subKey == "freshet:sub:a")
        #expect(conventions.tag("a/en").subKey == "freshet:sub:a/en")
        #expect(conventions.tag("a/en/4").indexKey == "freshet:tag:a/en/4")
        #expect(conventions.tag("b").subKey == "freshet:sub:b", "somebody may give keys such tags by hand")
        #expect(conventions.tag("b").origins.isEmpty)
    }

    @Test("a slash in a captured value makes levels only where the template has some")
    func slashInValue() throws {
        let conventions = try compiled(["tag u:{p}:** u:{p}", "tag v:{p} v/{p}"])
        #expect(pairs(conventions.facts("u:x/y:z").records) == ["freshet:tag:u:x/y u:x/y:z"])
        #expect(
            pairs(conventions.facts("v:x/y").records) == [
                "freshet:tag:v/x/y v:x/y", "freshet:sub:v/x v/x/y", "freshet:sub:v v/x",
            ])
    }

    @Test("a tag given twice is listed once, and computed beats recorded")
    func tagTwice() throws {
        let conventions = try compiled(["tag p:{id}:** p:{id}", "tag p:{id}:price p:{id}"])
        let facts = conventions.facts("p:1:price")
        #expect(facts.tags.map(\.name) == ["p:1"])
        #expect(facts.records.isEmpty)
        #expect(conventions.facts("p:1:name").records.count == 1)
        let tag = conventions.tag("p:1")
        #expect(tag.keys == ["p:1:price"])
        #expect(tag.indexKey == "freshet:tag:p:1")
    }

    @Test("a dependent that the source's captures determine is computed")
    func computedDependent() throws {
        let conventions = try compiled(["depend cart:{u}:total on cart:{u}:items price:{u}:{x}"])
        #expect(!conventions.usesIndex)
        #expect(conventions.facts("cart:7:items").dependents.map(\.key) == ["cart:7:total"])
        #expect(conventions.facts("price:7:eur").dependents.map(\.key) == ["cart:7:total"])
        #expect(conventions.facts("cart:7:items").dependents.first?.origin.location.line == 1)
        #expect(conventions.facts("cart:7:total").records.isEmpty)
        #expect(!conventions.concerns(ByteString("cart:7:total")))
        #expect(conventions.concerns(ByteString("cart:7:items")))
    }

    @Test(
        "the dependent's write and the source's mutation name the same set",
        arguments: [
            ("cart:{user}:total on catalog:{sku}", "cart:7:total", "catalog:9", "catalog:{sku}"),
            (
                "page:{lang}:product:{id} on product:{id}:price", "page:en:product:4", "product:4:price",
                "product:4:price"
            ),
            ("page:** on product:{id}", "page:a:b", "product:4", "product:{id}"),
            ("page:{id}:** on product:{id}:**", "page:4:x", "product:4:y:z", "product:4:**"),
            ("page:{id}:* on *:{id}", "page:4:x", "any:4", "*:4"),
        ])
    func recordedDependent(depend: String, dependent: String, source: String, set: String) throws {
        let conventions = try compiled(["depend \(depend)"])
        #expect(conventions.usesIndex)
        #expect(
            pairs(conventions.facts(ByteString(dependent)).records) == ["freshet:dep:\(set) \(dependent)"])
        let facts = conventions.facts(ByteString(source))
        #expect(facts.recorded.map(\.indexKey) == [ByteString("freshet:dep:\(set)")])
        #expect(facts.recorded.map(\.kind) == [.dependents])
        #expect(facts.dependents.isEmpty)
        #expect(conventions.concerns(ByteString(dependent)))
        #expect(conventions.concerns(ByteString(source)))
    }

    @Test("a rule's targets are a key, a tag and an implicit dependency")
    func ruleTargets() throws {
        let conventions = try compiled([
            "rule drop on product:{id}:price invalidate best:{id} tag:c/{id} "
                + "pattern:search:** pattern:top:{id}"
        ])
        let facts = conventions.facts("product:4:price")
        #expect(facts.dependents.map(\.key) == ["best:4", "top:4"])
        #expect(facts.tagTargets.map(\.tag) == ["c/4"])
        #expect(facts.recorded.map(\.indexKey) == ["freshet:dep:product:{id}:price"])
        #expect(facts.dependents.first?.origin.ruleName == "drop")
        #expect(
            pairs(conventions.facts("search:a:b").records) == ["freshet:dep:product:{id}:price search:a:b"])
        #expect(conventions.ruleCount == 1)
        #expect(conventions.count == 1)
    }

    @Test("a protected key is never recorded and never a step, but still a source")
    func protected() throws {
        let conventions = try compiled([
            "tag session:** s", "depend session:{u}:cart on cart:{u}", "depend view:{u} on session:{u}",
            "tag session:{u} su:{u}", "protect session:** {a}:{a}",
        ])
        #expect(conventions.protectPatterns == ["session:**", "{a}:{a}"])
        let facts = conventions.facts("session:7")
        #expect(facts.isProtected)
        #expect(facts.records.isEmpty)
        #expect(facts.tags.map(\.isRecorded) == [false, false])
        #expect(facts.dependents.map(\.key) == ["view:7"])
        #expect(conventions.facts("cart:7").dependents.isEmpty)
        #expect(conventions.tag("su:7").keys.isEmpty)
        #expect(conventions.tag("su:7").skippedProtected == ["session:7"])
        #expect(conventions.isProtected(ByteString("x:x")))
        #expect(!conventions.isProtected(ByteString("x:y")))
    }

    @Test("a template that makes a key of the index makes no step")
    func reservedDependent() throws {
        let conventions = try compiled(["depend {a}:tag:x on src:{a}"])
        #expect(conventions.facts("src:freshet").dependents.isEmpty)
        #expect(conventions.facts("src:b").dependents.map(\.key) == ["b:tag:x"])
    }

    @Test("without conventions nothing concerns anyone")
    func nothing() {
        #expect(Conventions.empty.count == 0)
        #expect(!Conventions.empty.usesIndex)
        #expect(!Conventions.empty.concerns(ByteString("a:b")))
        #expect(!Conventions.empty.isProtected(ByteString("a:b")))
        #expect(Conventions.empty.facts("a").tags.isEmpty)
    }

    @Test("a listing tells what each line does")
    func listing() throws {
        let conventions = try compiled([
            "tag p:{id}:** p:{id} all/{id}", "depend a:{x} on b:{x} c", "rule r on z invalidate tag:p:1",
            "protect s:**",
        ])
        #expect(
            conventions.describe().map(\.effects) == [
                [
                    "tag p:{id}: recorded in freshet:tag:p:{id}",
                    "tag all/{id}: recorded in freshet:tag:all/{id}",
                ],
                ["a:{x} on b:{x}: computed", "a:{x} on c: recorded in freshet:dep:c"],
                ["tag:p:1 on z: whatever carries the tag"], ["protects s:**"],
            ])
    }
}
