/// In which order keys of a cascade go, so that what is built from others goes after them.
///
/// A node is a `depend` line's edge or a rule's target; one leads to the next where a key that the first
/// makes stale can be the source of the second. A node's rank is the length of the longest way to it, so
/// along every way ranks grow. Nodes of a cycle (`cycles allow`) share a rank.
struct RemovalOrder: Sendable {
    /// For each link, how late the keys go that it makes stale; 1 is first, behind what nothing leads to.
    let ranks: [Int]
    /// For each link, whether a way leads from it back to itself.
    let isCyclic: [Bool]

    /// - Parameters:
    ///   - next: for each link, those that can follow it.
    ///   - dependents: for each link, the text of what it makes stale; links of equal texts share the
    ///     highest rank among them.
    init(next: [[Int]], dependents: [String]) {
        var search = ComponentSearch(next)
        search.run()
        let component = search.component
        var longest = Array(repeating: 1, count: search.count)
        var members: [[Int]] = Array(repeating: [], count: search.count)
        for link in next.indices { members[component[link]].append(link) }
        var isCyclic = Array(repeating: false, count: next.count)
        // Components are numbered from the last to the first.
        for number in members.indices.reversed() {
            for link in members[number] {
                isCyclic[link] = members[number].count > 1 || next[link].contains(link)
                for other in next[link] where component[other] != number {
                    longest[component[other]] = max(longest[component[other]], longest[number] + 1)
                }
            }
        }
        var highest: [String: Int] = [:]
        for (link, text) in dependents.enumerated() {
            highest[text] = max(highest[text] ?? 0, longest[component[link]])
        }
        ranks = dependents.map { highest[$0] ?? 1 }
        self.isCyclic = isCyclic
    }

    /// The links with their places in the order.
    func ranked(_ links: [Link]) -> [Link] {
        links.enumerated().map { Link($1, rank: ranks[$0], isCyclic: isCyclic[$0]) }
    }
}

/// Tarjan's search for strongly connected components, with a stack of its own: a chain of ten thousand links
/// must not exhaust the real one.
private struct ComponentSearch {
    private let next: [[Int]]
    private var index: [Int]
    private var low: [Int]
    private var open: [Int] = []
    private var isOpen: [Bool]
    private var visited = 0
    /// The number of each node's component; a component has a lower number than those that lead to it.
    private(set) var component: [Int]
    private(set) var count = 0

    init(_ next: [[Int]]) {
        self.next = next
        index = Array(repeating: -1, count: next.count)
        low = index
        component = index
        isOpen = Array(repeating: false, count: next.count)
    }

    mutating func run() {
        for node in next.indices where index[node] < 0 { search(from: node) }
    }

    private mutating func search(from start: Int) {
        var path = [(node: start, position: 0)]
        enter(start)
        while let (node, position) = path.last {
            if position < next[node].count {
                path[path.count - 1].position += 1
                let other = next[node][position]
                if index[other] < 0 {
                    enter(other)
                    path.append((other, 0))
                } else if isOpen[other] {
                    low[node] = min(low[node], index[other])
                }
            } else {
                path.removeLast()
                if let parent = path.last?.node { low[parent] = min(low[parent], low[node]) }
                if low[node] == index[node] { close(node) }
            }
        }
    }

    private mutating func enter(_ node: Int) {
        index[node] = visited
        low[node] = visited
        visited += 1
        open.append(node)
        isOpen[node] = true
    }

    private mutating func close(_ node: Int) {
        while let other = open.popLast() {
            isOpen[other] = false
            component[other] = count
            if other == node { break }
        }
        count += 1
    }
}
