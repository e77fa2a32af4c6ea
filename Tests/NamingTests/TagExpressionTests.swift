import Bytes
import Naming
import Testing

@Suite("Expressions of tags")
struct TagExpressionTests {
    @Test(
        "fault 243: NOT binds before AND, and AND before OR, as signs and as words",
        arguments: [
            ("a & !b", "a & (!b)"), ("a AND NOT b", "a & !b"), ("a and not b", "a & !b"),
            ("!b & a", "a & !b"),
            ("a | b & c", "a | (b & c)"), ("a OR b AND c", "a | (b & c)"), ("a || b && c", "a | (b & c)"),
            ("!(!a | b)", "a & !b"), ("NOT NOT a", "a"), ("!!a", "a"), ("a & !(b | c)", "a & !b & !c"),
            ("a&!b|c", "(a & (!b)) | c"), ("not(not a)", "a"), ("(a)AND(b)", "a & b"),
        ])
    func precedence(_ text: String, _ same: String) throws {
        let (left, right) = (try TagExpression(ByteString(text)), try TagExpression(ByteString(same)))
        for tags in [[], ["a"], ["b"], ["c"], ["a", "b"], ["a", "c"], ["b", "c"], ["a", "b", "c"]] {
            let carries: (ByteString) -> Bool = { tags.contains($0.text) }
            #expect(left.holds(carries) == right.holds(carries), "\(text) with \(tags)")
        }
    }

    @Test("fault 243: a tag whose name is an operator's is written with tag:, and spaces with a backslash")
    func names() throws {
        #expect(try TagExpression("tag:not & tag:AND").tags == ["not", "AND"])
        #expect(
            try TagExpression("android | notes | order | sale!").tags == [
                "android", "notes", "order", "sale!",
            ])
        #expect(try TagExpression("red\\ shoes & tag:big\\&tall").tags == ["red shoes", "big&tall"])
        #expect(try TagExpression("\\!a").tags == ["!a"])
    }

    @Test(
        "fault 243: what is no expression, or means nearly every key, is an error",
        arguments: [
            "a b", "a XOR b", "a NOT b", "NOT", "a AND", "AND b", "a & AND", "a OR OR b", "!a", "NOT a",
            "a | !b", "!(a & b)", "!a & !b", "a !", "()", "a)", "(a", "", " ", "tag:", "a ^ b", "a, b",
        ])
    func mistakes(_ text: String) {
        #expect(throws: TagExpression.Problem.self) { try TagExpression(ByteString(text)) }
    }
}
