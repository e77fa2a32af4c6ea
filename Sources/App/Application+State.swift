import EventLoop
import Invalidation
import Logging
import Relay

extension Application {
    /// Writes what the process is doing to the log: the sections of FRESHET INFO, and a line for each loop.
    func dumpState() {
        for (section, fields) in shared.information() {
            shared.log.notice(
                "state: \(section)",
                metadata: Dictionary(uniqueKeysWithValues: fields.map { ($0.0, .string($0.1)) }))
        }
        let log = shared.log
        for worker in workers {
            worker.post { unit in
                let tally = unit.worker.tally
                log.notice(
                    "state: worker \(unit.worker.number)",
                    metadata: [
                        "clients": "\(unit.worker.sessionCount)", "clients-ever": "\(tally.sessionsOpened)",
                        "links": "\(tally.linksOpen)", "pinned-links": "\(tally.pinnedLinks)",
                        "commands": "\(tally.commands.reduce(0, +))",
                    ])
            }
        }
        engine?.post { unit in
            log.notice("state: engine", metadata: ["queue": "\(unit.engine.queueLength)"])
        }
    }
}
