public import Audit
import Bytes
import EventLoop
import Logging
import Metrics
import Store

extension Engine {
    /// What becomes of the work that came while the brake was on.
    public enum Release: Sendable { case drain, discard }

    /// Pulls the emergency brake: for one rule, or for everything that nobody asked for.
    ///
    /// What runs stops as soon as Redis has answered what was sent, and goes back in line; cascades of writes
    /// queue. It holds across a restart.
    public func pause(rule: String?, actor: AuditActor?) {
        if let rule {
            queue.brakes.rulesSince[rule] = queue.brakes.rulesSince[rule] ?? queue.nextNumber
        } else {
            queue.brakes.everythingSince = queue.brakes.everythingSince ?? queue.nextNumber
        }
        brakesChanged()
        for runner in runners.values where runner.work.isBraked && (rule == nil || runner.work.rule == rule) {
            runner.stop()
        }
        reportBrake(rule, "the emergency brake was pulled", actor)
    }

    /// Lets go of the brake, and either does what has gathered or forgets it.
    ///
    /// `done` gets how many pieces were discarded; nil when nothing was paused.
    public func resume(
        rule: String?, _ release: Release, actor: AuditActor?, done: @escaping (Int?) -> Void
    ) {
        let since = rule.map { queue.brakes.rulesSince[$0] } ?? queue.brakes.everythingSince
        guard let since else { return done(nil) }
        guard release == .discard else {
            letGo(rule, "the brake was let go; what had gathered is done", actor)
            return done(0)
        }
        discard(rule, since) { [weak self] count in
            self?.letGo(
                rule, "the brake was let go; \(count) pieces of work that had gathered were discarded", actor)
            done(count)
        }
    }

    private func letGo(_ rule: String?, _ what: String, _ actor: AuditActor?) {
        if let rule { queue.brakes.rulesSince[rule] = nil } else { queue.brakes.everythingSince = nil }
        brakesChanged()
        reportBrake(rule, what, actor)
    }

    /// Takes the brakes as they were before a restart.
    func adopt(_ brakes: Brakes) {
        let now = queue.brakes
        queue.brakes = brakes
        if let since = now.everythingSince { queue.brakes.everythingSince = brakes.everythingSince ?? since }
        queue.brakes.rulesSince.merge(now.rulesSince) { old, _ in old }
        brakesChanged()
        log.warning("work is paused since before the restart; see FRESHET RESUME")
    }

    /// Everything was paused when the process before this one ended.
    func wasPaused() {
        queue.brakes.everythingSince = queue.nextNumber
        brakesChanged()
    }

    private func brakesChanged() {
        pauseMark?.set(queue.brakes.isPaused)
        signs.show(queue.brakes)
        metrics.gauge(.queuePaused).set(queue.brakes.isPaused ? 1 : 0)
        metrics.gauge(.pausedRules).set(queue.brakes.rulesSince.count)
        onPauses?(pauses)
        turn()
    }

    /// Forgets what came since `since`, in memory and then in the store.
    private func discard(_ rule: String?, _ since: Int64, _ done: @escaping (Int) -> Void) {
        let gathered = queue.numbered { item in
            item.work.number >= since && item.work.isBraked && (rule == nil || item.work.rule == rule)
                && item.phase != .running && item.phase != .dead && item.phase != .held
        }
        for work in gathered {
            queue.remove(work.number)
            giveBack(work.task, work)
            finished(work.number, "discarded")
        }
        turn()
        guard let keeper, queue.outside > 0 else { return done(gathered.count) }
        discard(rule, after: since - 1, keeper, gathered.count, done)
    }

    private func discard(
        _ rule: String?, after number: Int64, _ keeper: WorkKeeper, _ count: Int,
        _ done: @escaping (Int) -> Void
    ) {
        keeper.rows(after: number, rule: rule, limit: 1000) { [weak self] rows in
            guard let self, let last = rows.last else { return done(count) }
            let gone = rows.filter { row in
                queue.items[row.number] == nil && (try? Work(row, conventions))?.isBraked != false
            }.map(\.number)
            keeper.remove(gone)
            queue.outside = max(0, queue.outside - gone.count)
            discard(rule, after: last.number, keeper, count + gone.count, done)
        }
    }

    private func reportBrake(_ rule: String?, _ what: String, _ actor: AuditActor?) {
        var record = AuditRecord(.queue)
        record.actor = actor
        record.cause = rule.map { "rule \($0): \(what)" } ?? what
        record.outcome = .done
        reporter.write(record)
        log.warning("\(what)", metadata: ["rule": "\(rule ?? "all")"])
    }

    /// A row of the store could not be read. `covered` is called when what stands for it is in the queue.
    func reportDamage(_ row: StoredItem, covered: @escaping () -> Void) {
        log.error("a stored piece of work could not be read", metadata: ["id": "\(row.number)"])
        lost("a stored piece of work", covered: covered)
    }

    /// What was owed is lost, and nobody knows what it was: everything is invalidated instead.
    ///
    /// `covered` is called when what stands for it is in the queue.
    func lost(_ what: String, covered: @escaping () -> Void = {}) {
        var record = AuditRecord(.queue)
        record.cause = "\(what) could not be read"
        record.error =
            "its bytes mean nothing to this version: everything that a convention can make stale is "
            + "invalidated instead, in every database"
        record.outcome = .failed
        reporter.write(record)
        failover?.distrustCopies()
        let all = AcceptedAll(sides.count) { [bound = LoopBound(covered, loop: loop)] in bound.value() }
        let cause = Cause(
            source: .engine, subject: .key, actor: nil, command: "freshet queue", database: 0, keys: [],
            note: "\(what) could not be read")
        for side in sides { invalidateAll(.everything, cause, parent: record.id, at: side) { all.one() } }
    }

    /// Carries out a task in every database that has keys: which those are Redis is asked until it tells.
    func invalidateAll(
        _ task: Work.Task, _ cause: Cause, parent: ULID?, at side: EngineSide,
        _ queued: @escaping @Sendable () -> Void = {}
    ) {
        uncovered += 1
        side.watch.databases { [weak self] databases in
            guard let self else { return }
            if let databases {
                uncovered -= 1
                for database in Set(databases + [0]) {
                    var cause = cause
                    cause.database = database
                    cause.side = side.side
                    enqueue(Work(task, cause, parent: parent, side: side.side))
                }
                return queued()
            }
            loop.timer(afterMilliseconds: 500) { [weak self] in
                self?.uncovered -= 1
                self?.invalidateAll(task, cause, parent: parent, at: side, queued)
            }
        }
    }

    /// Moves the numbers of everything in memory behind those of the store.
    func renumber(by shift: Int64) {
        guard shift > 0 else { return }
        queue.renumber(by: shift)
        var moved: [Int64: WorkRunner] = [:]
        for (number, runner) in runners {
            runner.number += shift
            moved[number + shift] = runner
        }
        runners = moved
        cancelled = Set(cancelled.map { $0 + shift })
        outcomes = Dictionary(uniqueKeysWithValues: outcomes.map { ($0.key + shift, $0.value) })
        waiters = Dictionary(uniqueKeysWithValues: waiters.map { ($0.key + shift, $0.value) })
    }
}
