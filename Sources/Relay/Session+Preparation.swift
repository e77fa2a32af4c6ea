/// Writes before which something has to be done on another link: they wait for it, and all behind them.
extension Session {
    /// How far the request is that is next to be read.
    enum Preparation {
        case none
        /// What must precede it has been sent, and not been answered.
        case underWay(Mutation)
        case done(Mutation)

        var mutation: Mutation? {
            switch self {
            case .none: nil
            case .underWay(let mutation), .done(let mutation): mutation
            }
        }
    }

    /// What is to become of a write.
    enum Readiness {
        /// It stays unread.
        case waits
        /// It may be sent; nil where it owes nothing.
        case goes(Mutation?)
    }

    /// Prepares the mutation that `make` makes of the request, once, however often the request is routed.
    func readiness(_ make: () -> Mutation?) -> Readiness {
        switch preparation {
        case .done(let mutation): return .goes(mutation)
        case .underWay: break
        case .none:
            guard let mutation = make() else { return .goes(nil) }
            preparation = .underWay(mutation)
            let isDone = mutation.prepare { [weak self] in
                guard let self, case .underWay(let mutation) = preparation else { return }
                preparation = .done(mutation)
                worker.resumeLater(self)
            }
            if isDone { preparation = .done(mutation) }
            if isDone { return .goes(mutation) }
        }
        wait = .records
        return .waits
    }

    /// Notes that the mutation is on its way: what comes behind it waits for its reply, and for what follows.
    func sent(_ mutation: Mutation?) {
        preparation = .none
        if mutation != nil { mustSettle = true }
    }

    /// Sends what must precede a queued write; EXEC waits for it.
    func prepareQueued(_ mutation: Mutation) {
        guard let transaction else { return }
        transaction.preparing += 1
        let isDone = mutation.prepare { [weak self] in
            transaction.preparing -= 1
            if transaction.preparing == 0, let self { worker.resumeLater(self) }
        }
        if isDone { transaction.preparing -= 1 }
    }

    /// Whether what the next request waits for has been done.
    var isPrepared: Bool {
        if case .underWay = preparation { return false }
        return (transaction?.preparing ?? 0) == 0
    }

    /// Whether a mutation of before is settled, so that more may be sent; if not, requests wait.
    func hasSettledOrWaits() -> Bool {
        guard isIdleOrWaits() else { return false }
        mustSettle = false
        return true
    }

    /// Forgets what was prepared and is not going to be sent.
    func abandonPrepared() {
        preparation.mutation?.abandon(held: nil)
        preparation = .none
        transaction?.abandon(held: nil)
    }
}
