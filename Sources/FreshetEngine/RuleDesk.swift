import App
import Audit
import Bytes
import Config
import Invalidation
import Logging

/// The rules that a program adds to those of its configuration; confined to the engine's loop.
final class RuleDesk {
    private unowned let engine: Engine
    private var configuration: Configuration
    private var book = RuleBook()
    private let file: RuleFile?
    private let audit: AuditLog?
    private let log: Logger

    /// - Parameter folder: where the rules outlive the program; nil for in memory.
    init(
        engine: Engine, _ configuration: Configuration, folder: String?, audit: AuditLog?, log: Logger
    ) throws {
        self.engine = engine
        self.audit = audit
        self.log = log
        self.configuration = configuration
        file = folder.map { RuleFile(folder: $0) }
        guard let file else { return }
        do {
            let kept = try file.read()
            if !kept.isEmpty { adopt(kept) }
        } catch {
            throw InvalidationEngine.Problem(
                description: "the rules in '\(file.path)' cannot be read: \(error.reason)")
        }
    }

    /// How the engine lets others change rules.
    var service: RuleService {
        RuleService(
            change: { [self] change, actor, done in done(self.change(change, actor)) },
            book: { [self] in book }, refusal: { [self] in refusal($0) })
    }

    private func refusal(_ change: RuleService.Change) -> String? {
        do throws(RuleBook.Refusal) {
            _ = try book.changed(by: change, beside: configuration)
            return nil
        } catch {
            return error.text
        }
    }

    private func change(_ change: RuleService.Change, _ actor: AuditActor?) -> RuleService.Outcome {
        do throws(RuleBook.Refusal) {
            let next = try book.changed(by: change, beside: configuration)
            do throws(RuleFile.Failure) {
                try file?.write(next)
            } catch {
                throw RuleBook.Refusal("the rules cannot be kept, so nothing has changed: \(error.reason)")
            }
            adopt(next)
            record(change, actor)
            return .success(file == nil ? "kept in memory only: the engine has no state directory" : nil)
        } catch {
            return .failure(error)
        }
    }

    private func record(_ change: RuleService.Change, _ actor: AuditActor?) {
        var record = AuditRecord(.rule)
        record.actor = actor
        record.outcome = .done
        record.cause =
            switch change {
            case .set(let words): "rule set: " + words.map(\.text).joined(separator: " ")
            case .delete(let name): "rule deleted: \(name)"
            case .pause(let name): "rule paused: \(name)"
            case .resume(let name, _): "rule resumed: \(name)"
            }
        audit?.append(record)
    }

    private func adopt(_ next: RuleBook) {
        let (fresh, marked) = configuration.adding(next)
        configuration = fresh
        book = marked
        for entry in marked.entries {
            guard let problem = entry.problem else { continue }
            log.error(
                "a rule added at run time is not in force",
                metadata: ["rule": "\(entry.name)", "reason": "\(problem)"])
        }
        engine.reconfigure(fresh.settings, fresh.conventions)
    }
}
