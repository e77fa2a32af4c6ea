/// A command that Redis runs as one step, or a decision of the proxy between two of them.
enum Step: Hashable {
    /// The application reads the source and watches it.
    case read
    /// `SADD` of the record before the value.
    case recordBefore
    /// `EXISTS` right behind it: was a value there before the record?
    case look
    /// The value as a whole, stored only if the source is what it was when it was read.
    case storeIfUnchanged
    /// A part of the value, stored only if the source is what it was: the rest stays as old as it is.
    case changePartIfUnchanged
    /// The value as a whole, fresh, whatever was there; Redis may refuse it.
    case storeFresh
    /// `SADD` of the record after the value, where there is one.
    case recordAfter
    /// A write that did not happen takes its new record back, unless a key is there.
    case takeBack
    /// The key goes if its record was absent while it was there.
    case removeIfMissed
    /// The source changes.
    case change
    /// The script `seize`: takes the set and removes its members.
    case seize
    /// The first half of a large set: the set is renamed, its members are removed by `drain`.
    case rename
    case drain
    /// While the index is suspect, what invalidates looks through all names as well.
    case scan
    /// The sweeper takes members without keys out of the set.
    case sweep
    /// The key expires.
    case expire
    /// The index is found to have lost records.
    case suspect
    /// The reconciler records a key that is there.
    case reconcile
    case trust
}

/// The source, the value that was built from it, its record, and how far each program is.
struct Scene: Hashable {
    /// How often the source has changed.
    var source: UInt8 = 0
    /// The version of the source that the value was built from; nil while there is none.
    var page: UInt8?
    var isRecorded = false
    var isDraining = false
    var isSuspect = false
    /// How often the index has become suspect.
    var episode: UInt8 = 0
    var actors: Actors

    /// A client or a part of the proxy, with what it remembers.
    struct Actor: Hashable {
        /// How many of its steps it has done.
        var at: UInt8 = 0
        /// The source as it was read.
        var version: UInt8 = 0
        var episode: UInt8 = 0
        /// Whether the record before was new.
        var wasNew = false
        var hasWritten = false
        /// Whether an invalidation may have missed a value that is still there.
        var mayHaveMissed = false
        /// Whether the index was suspect when the walk began, or the first record was made.
        var beganSuspect = false
    }
}

extension Scene {
    mutating func take(_ step: Step, by actor: inout Actor) {
        switch step {
        case .read: actor.version = source
        case .recordBefore:
            (actor.wasNew, actor.episode) = (!isRecorded, episode)
            actor.beganSuspect = isSuspect
            isRecorded = true
        case .look: if actor.wasNew, page != nil, !actor.beganSuspect { actor.mayHaveMissed = true }
        case .storeIfUnchanged, .changePartIfUnchanged, .storeFresh: store(step, by: &actor)
        case .recordAfter:
            guard actor.hasWritten else { return }
            if !isRecorded || episode != actor.episode { actor.mayHaveMissed = true }
            isRecorded = true
        case .takeBack: takeBack(by: &actor)
        case .removeIfMissed: if actor.mayHaveMissed { page = nil }
        case .change: source += 1
        case .seize:
            actor.beganSuspect = isSuspect
            if isRecorded { (isRecorded, page) = (false, nil) }
        case .rename:
            actor.beganSuspect = isSuspect
            (isDraining, isRecorded) = (isDraining || isRecorded, false)
        case .drain: if isDraining { (isDraining, page) = (false, nil) }
        case .scan: if actor.beganSuspect || isSuspect { page = nil }
        case .sweep: if page == nil { isRecorded = false }
        case .expire: page = nil
        case .suspect: (isSuspect, episode) = (true, episode + 1)
        case .reconcile: if page != nil { isRecorded = true }
        case .trust: isSuspect = false
        }
    }

    private mutating func store(_ step: Step, by actor: inout Actor) {
        guard step == .storeFresh || source == actor.version else { return }
        page = step == .changePartIfUnchanged ? min(page ?? source, source) : source
        actor.hasWritten = true
    }

    private mutating func takeBack(by actor: inout Actor) {
        guard !actor.hasWritten, actor.wasNew else { return }
        if page == nil {
            isRecorded = false
        } else if !actor.beganSuspect {
            actor.mayHaveMissed = true
        }
    }
}

/// Programs that run at the same time, each in its own order.
struct Interplay: Steps {
    let programs: [[Step]]
    /// Whether there is a value at first, built from the source as it is, with its record.
    var beginsWithPage = false

    var start: Scene {
        var scene = Scene(actors: Actors())
        if beginsWithPage { (scene.page, scene.isRecorded) = (0, true) }
        return scene
    }

    func after(_ scene: Scene) -> [Scene] {
        var next: [Scene] = []
        for number in programs.indices where Int(scene.actors[number].at) < programs[number].count {
            let step = programs[number][Int(scene.actors[number].at)]
            var scene = scene
            scene.actors[number].at += 1
            // Redis may refuse it.
            if step == .storeFresh { next.append(scene) }
            var actor = scene.actors[number]
            scene.take(step, by: &actor)
            scene.actors[number] = actor
            next.append(scene)
        }
        return next
    }

    /// At rest there is no value older than its source.
    func isSound(_ end: Scene) -> Bool { end.page.map { $0 == end.source } ?? true }
}
