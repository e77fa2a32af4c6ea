extension IndexScript {
    /// Takes a record back whose write did not happen, unless there is something that it speaks of.
    ///
    /// `KEYS[1]` the set, `ARGV[1]` the member. Returns 1 where it was taken back.
    static let takeBack = IndexScript(
        """
        local set, member = KEYS[1], ARGV[1]
        local isThere
        if string.sub(set, 1, 12) == 'freshet:sub:' then
          isThere = redis.call('EXISTS', 'freshet:tag:' .. member, 'freshet:sub:' .. member) > 0
        else
          isThere = redis.call('EXISTS', member) > 0
        end
        if isThere then return 0 end
        redis.call('SREM', set, member)
        return 1
        """)
}
