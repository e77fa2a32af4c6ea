import Commands

/// SUBSCRIBE and its family: the session keeps its link, on which messages may come at any time.
extension Session {
    func routeSubscription(_ request: borrowing Request) -> Bool {
        guard pinned([.subscription]), let link else { return false }
        if link.subscriptions == nil { link.subscriptions = Subscriptions() }
        let names = request.count - 1
        let family: Subscriptions.Family =
            switch request.facts.behaviour {
            case .subscribe, .unsubscribe: .channel
            case .psubscribe, .punsubscribe: .pattern
            default: .shard
            }
        return forward(request, SubscriptionTask(family, names: names))
    }
}
