import Bytes
import Hiredis
import Naming
import Relay

/// Asks Redis what the conditions of a rule depend on.
enum RuleInquiry {
    /// Sends all questions at once; `done` gets the answers together, or why there are none.
    static func ask(
        _ questions: [RuleQuestion], on link: Link,
        _ done: @escaping (Result<[RuleQuestion: RuleAnswer], LinkFailure>) -> Void
    ) {
        let collector = Collector(questions, done)
        for question in questions {
            for (index, command) in commands(for: question).enumerated() {
                link.sendOwn(command, OwnReply { collector.got($0, for: question, index) })
            }
        }
    }

    /// The size of a string is its length; of all else it is what the value takes in memory, which Redis
    /// estimates from some of its elements. Which of them it is only the reply tells, so both are asked.
    private static func commands(for question: RuleQuestion) -> [[ByteString]] {
        switch question {
        case .exists(let key): [["EXISTS", key]]
        case .timeToLive(let key): [["PTTL", key]]
        case .size(let key): [["MEMORY", "USAGE", key], ["STRLEN", key]]
        }
    }

    /// Gathers the replies.
    private final class Collector {
        private var answers: [RuleQuestion: RuleAnswer] = [:]
        private var outstanding: Int
        private var failure: LinkFailure?
        private let done: (Result<[RuleQuestion: RuleAnswer], LinkFailure>) -> Void

        init(
            _ questions: [RuleQuestion],
            _ done: @escaping (Result<[RuleQuestion: RuleAnswer], LinkFailure>) -> Void
        ) {
            self.done = done
            outstanding = questions.reduce(0) { $0 + RuleInquiry.commands(for: $1).count }
        }

        func got(_ result: Result<ReplyValue, LinkFailure>, for question: RuleQuestion, _ index: Int) {
            switch result {
            case .failure(let reason): failure = reason
            case .success(let reply): note(reply, for: question, index)
            }
            outstanding -= 1
            guard outstanding == 0 else { return }
            done(failure.map { .failure($0) } ?? .success(answers))
        }

        private func note(_ reply: ReplyValue, for question: RuleQuestion, _ index: Int) {
            switch (question, reply) {
            case (.size, .error) where index == 1:
                // Not a string: what it takes in memory stands.
                return
            case (_, .error(let error)): answers[question] = .unknown(error.text)
            case (.exists, .integer(let count)): answers[question] = .exists(count > 0)
            // A key that is gone has no time left.
            case (.timeToLive, .integer(-2)): answers[question] = .number(0)
            case (.timeToLive, .integer(-1)): answers[question] = .number(nil)
            case (.timeToLive, .integer(let left)): answers[question] = .number(left)
            case (.size, .integer(let bytes)): answers[question] = .number(bytes)
            case (.size, .null): answers[question] = .number(0)
            default: answers[question] = .unknown("an unexpected reply")
            }
        }
    }
}
