import Bytes

/// A Lua script that Redis runs as one step: what it reads and removes cannot be interleaved with a client's
/// write.
struct IndexScript: Sendable {
    let source: ByteString

    private init(_ source: String) { self.source = ByteString(source) }

    /// Takes members of an index set and unlinks them, a bounded number at a time.
    ///
    /// `KEYS[1]` the set; `ARGV[1]` how many at most; `ARGV[2]` `take`, or `look` to leave everything as it
    /// is; then the Lua patterns of protected names. Returns how many members remain, how many keys were
    /// unlinked, and the names of all members that are not protected.
    static let take = IndexScript(
        """
        local look = ARGV[2] == 'look'
        local found = redis.call(look and 'SRANDMEMBER' or 'SPOP', KEYS[1], ARGV[1])
        local stale = {}
        for _, member in ipairs(found) do
          local safe = false
          for i = 3, #ARGV do
            if string.find(member, ARGV[i]) then safe = true; break end
          end
          if not safe then stale[#stale + 1] = member end
        end
        local removed = 0
        if not look then
          for i = 1, #stale, 1000 do
            removed = removed + redis.call('UNLINK', unpack(stale, i, math.min(i + 999, #stale)))
          end
        end
        return {redis.call('SCARD', KEYS[1]), removed, stale}
        """)

    /// Removes members whose keys do not exist.
    ///
    /// `KEYS[1]` the set; `ARGV` the members to look at. For sets of tags (`freshet:sub:`) a member is dead
    /// when the tag has neither members nor children. Returns how many were removed.
    static let sweep = IndexScript(
        """
        local tags = string.sub(KEYS[1], 1, 12) == 'freshet:sub:'
        local dead = {}
        for _, member in ipairs(ARGV) do
          local alive
          if tags then
            alive = redis.call('EXISTS', 'freshet:tag:' .. member, 'freshet:sub:' .. member)
          else
            alive = redis.call('EXISTS', member)
          end
          if alive == 0 then dead[#dead + 1] = member end
        end
        if #dead == 0 then return 0 end
        return redis.call('SREM', KEYS[1], unpack(dead))
        """)
}
