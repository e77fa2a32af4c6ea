import Audit
import Bytes
import Config
import EventLoop
import Invalidation
import Logging
import Metrics
import Naming

/// Rules that operators set, delete and pause while the proxy runs.
extension Application {
    /// Takes up the rules that were set before, and says what keeps any of them out of force.
    func readRules() {
        guard let ruleFile else { return }
        do {
            let book = try ruleFile.read()
            if !book.isEmpty { take(book) }
        } catch {
            shared.log.error(
                "the rules set at run time cannot be read: they are not in force",
                metadata: ["file": "\(ruleFile.path)", "reason": "\(error.reason)"])
        }
        for problem in shared.rules.current.problems {
            shared.log.error(
                "a line of the rules set at run time means nothing", metadata: ["line": "\(problem)"])
        }
    }

    /// The configuration with the rules of the book; those that do not fit are named in the log.
    func withRules(_ base: Configuration, _ book: RuleBook) -> Configuration {
        let (configuration, marked) = base.adding(book)
        shared.rules.replace(with: marked)
        for entry in marked.entries {
            guard let problem = entry.problem else { continue }
            shared.log.error(
                "a rule set at run time is not in force",
                metadata: ["rule": "\(entry.name)", "reason": "\(problem)"])
        }
        return configuration
    }

    private func take(_ book: RuleBook) {
        configuration = withRules(configuration, book)
        let fresh = configuration
        shared.status.update { $0.configuration = fresh }
    }

    /// Carries out a change on every loop; `done` is called on the main loop.
    func changeRules(
        _ change: RuleService.Change, _ actor: AuditActor?, _ done: @escaping (RuleService.Outcome) -> Void
    ) {
        let book: RuleBook
        do throws(RuleBook.Refusal) {
            book = try shared.rules.current.changed(by: change, beside: configuration)
            if let ruleFile { try keep(book, in: ruleFile) }
        } catch {
            return done(.failure(error))
        }
        let fresh = withRules(configuration, book)
        configuration = fresh
        shared.status.update {
            $0.generation += 1
            $0.configuration = fresh
        }
        shared.metrics.gauge(.configGeneration).set(shared.status.current.generation)
        record(change, actor)
        let note = ruleFile == nil ? "kept in memory only: there is no state-dir" : nil
        adoptConventions { done(.success(note)) }
    }

    private func keep(_ book: RuleBook, in file: RuleFile) throws(RuleBook.Refusal) {
        do {
            try file.write(book)
        } catch {
            throw RuleBook.Refusal(
                "'\(file.path)' cannot be written, so nothing has changed: \(error.reason)")
        }
    }

    private func record(_ change: RuleService.Change, _ actor: AuditActor?) {
        var record = AuditRecord(.rule)
        record.actor = actor
        record.outcome = .done
        switch change {
        case .set(let words):
            record.cause = "rule set: " + words.map(\.text).joined(separator: " ")
        case .delete(let name): record.cause = "rule deleted: \(name)"
        case .pause(let name): record.cause = "rule paused: \(name)"
        case .resume(let name, let release):
            record.cause = "rule resumed: \(name), what had gathered is to be \(release.verb)"
        }
        audit.append(record)
        shared.log.notice("rules have changed", metadata: ["change": "\(record.cause ?? "")"])
    }

    /// Hands the conventions to every loop, and calls `done` when the last one follows them.
    private func adoptConventions(_ done: @escaping () -> Void) {
        let (settings, conventions, encryption) = (
            configuration.settings, configuration.conventions, encryption
        )
        let loops = workers.count + (engine == nil ? 0 : 1)
        guard loops > 0 else { return done() }
        let (mailbox, countdown) = (loop.mailbox, LoopBound(Countdown(loops, done), loop: loop))
        for worker in workers {
            worker.post {
                $0.reconfigure(settings, conventions, encryption)
                mailbox.post { countdown.value.one() }
            }
        }
        engine?.post {
            $0.engine.reconfigure(settings, conventions)
            mailbox.post { countdown.value.one() }
        }
    }
}

/// Calls somebody when the last of many is done.
final class Countdown {
    private var left: Int
    private let done: () -> Void

    init(_ count: Int, _ done: @escaping () -> Void) {
        left = count
        self.done = done
    }

    func one() {
        left -= 1
        if left == 0 { done() }
    }
}

extension Engine.Release {
    fileprivate var verb: String {
        switch self {
        case .drain: "done"
        case .discard: "discarded"
        }
    }
}
